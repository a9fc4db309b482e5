import { expect, it } from 'vitest'
import { lookAt } from '../look.fixture.ts'
import { pipelineJobs } from './pipeline-jobs.ts'

it('tells where jobs of each CI system deploy to', async () => {
  const look = await lookAt({
    '.github/workflows/main.yml': `jobs:
  test: { steps: [{ run: npm test }] }
  pre: { environment: { name: pre-production }, steps: [{ run: make deploy }] }
  deploy-prod: { steps: [{ run: make deploy }] }
  reproduce: { steps: [{ run: make deploy }] }
  production: { steps: [{ run: make }] }
  release: { steps: [{ run: sluice deploy --env staging }] }
`,
    '.gitlab-ci.yml':
      'stages: [a]\n.base: { script: [x] }\nlive: { environment: production, script: [make] }\n',
    'pipeline.yaml':
      'Resources:\n  P: { Type: AWS::CodePipeline::Pipeline }\n  DeployProduction: { Type: AWS::CodeBuild::Project }\n',
    Jenkinsfile: "stage('Test') { }\nstage('Deploy to staging') { sh 'make' }\n",
  })
  expect(pipelineJobs(look).map(({ id, deploysTo, line }) => `${id} ${deploysTo} ${line}`)).toEqual([
    'test null 2',
    'pre staging 3',
    'deploy-prod production 4',
    'reproduce null 5',
    'production production 6',
    'release staging 7',
    'live production 3',
    'Test null 1',
    'Deploy to staging staging 2',
    'P null 2',
    'DeployProduction production 3',
  ])
})
