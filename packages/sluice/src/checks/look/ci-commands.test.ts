import { expect, it } from 'vitest'
import { lookAt } from '../look.fixture.ts'
import { ciCommands } from './ci-commands.ts'

it('finds the lines of shell in each system, with their places and without comments', async () => {
  const look = await lookAt({
    '.github/workflows/a.yml': `jobs:
  a:
    steps:
      - run: make one
      - uses: acme/x@v1
      - run: |
          # why
          make two \\
            --fast
          make three
`,
    '.github/actions/x/action.yml': 'runs:\n  steps:\n    - run: make four\n',
    '.gitlab-ci.yml': 'a:\n  image: node\n  script:\n    - make five\n    - |\n      make six\n',
    '.circleci/config.yml':
      'jobs:\n  a:\n    steps:\n      - run: make seven\n      - run:\n          name: x\n          command: make eight\n',
    Jenkinsfile: "node {\n  // sh 'make none'\n  sh 'make nine'\n}\n",
    'buildspec.yml': 'phases:\n  build:\n    commands:\n      - make ten\n',
  })
  const made = ciCommands(look).filter(({ text }) => text.includes('make'))
  expect(made.map(({ system, line, text }) => `${system} ${line} ${text}`)).toEqual([
    'github 4 make one',
    'github 8 make two --fast',
    'github 10 make three',
    'github 3 make four',
    'gitlab 4 make five',
    'gitlab 6 make six',
    'circleci 4 make seven',
    'circleci 7 make eight',
    "jenkins 3 sh 'make nine'",
    'codepipeline 4 make ten',
  ])
})

it('finds what a project of CodeBuild has written into its template', async () => {
  const look = await lookAt({
    'codepipeline.yaml': `Resources:
  Pipeline: { Type: AWS::CodePipeline::Pipeline }
  Test:
    Properties:
      Source:
        BuildSpec: |
          phases:
            build:
              commands:
                - |-
                  make one
                  make two
`,
  })
  expect(ciCommands(look)).toEqual([
    { system: 'codepipeline', file: 'codepipeline.yaml', line: 11, text: 'make one' },
    { system: 'codepipeline', file: 'codepipeline.yaml', line: 12, text: 'make two' },
  ])
})
