import { expect, it } from 'vitest'
import { found } from '../../look.fixture.ts'
import { dangerousWorkflows } from './dangerous-workflows.ts'

const at = '.github/workflows/main.yml'
const job = (on: string, steps: string, more = '') => ({
  [at]: `on: ${on}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n${more}    steps:\n${steps}`,
})
const runs = (script: string) => job('issues', `      - run: ${script}\n`)

it.each([
  'github.event.issue.title',
  'github.event.pull_request.body',
  'github.event.comment.body',
  'github.event.pull_request.head.ref',
  'github.event.commits[0].message',
  'github.event.head_commit.author.name',
  'github.event.workflow_run.head_branch',
  "github['event']['issue']['title']",
  'github.head_ref || github.ref_name',
  "format('{0}', github.event.review.body)",
  "contains(github.ref, 'x') && github.event.issue.body",
  'toJSON(github.event)',
])('fails where a script is made with %s', async (context) => {
  const finding = await found(dangerousWorkflows, runs(`echo "\${{ ${context} }}"`))
  expect(finding).toMatchObject({ status: 'fail', evidence: [{ file: at, line: 6 }] })
  expect(finding.says).toContain('becomes part of a script')
})

it.each([
  ['a number', '${{ github.event.pull_request.number }}'],
  ['a commit', '${{ github.event.pull_request.head.sha }}'],
  ['a question about a title', "${{ contains(github.event.issue.title, 'bug') }}"],
  ['a comparison', "${{ github.head_ref == 'main' }}"],
  ['a choice after a question', "${{ github.head_ref && 'pr' || 'push' }}"],
  ['the output of a step', '${{ steps.meta.outputs.tags }}'],
])('passes where a script is made with %s', async (_, expression) => {
  expect(await found(dangerousWorkflows, runs(`'echo "${expression.replaceAll("'", "''")}"'`))).toMatchObject(
    {
      status: 'pass',
    },
  )
})

it('lets texts of strangers through env, and not when they are pasted out of it again', async () => {
  const env = '        env: { TITLE: "${{ github.event.issue.title }}" }\n'
  const safe = await found(dangerousWorkflows, job('issues', `      - run: echo "$TITLE"\n${env}`))
  expect(safe.status).toBe('pass')
  const pasted = await found(
    dangerousWorkflows,
    job('issues', `      - run: echo "\${{ env.TITLE }}"\n${env}`),
  )
  expect(pasted.status).toBe('fail')
})

it('finds the line within a long script, also one in JavaScript', async () => {
  const steps = `      - uses: actions/github-script@v9
        with:
          script: |
            const a = 1
            console.log("\${{ github.event.comment.body }}")
`
  const finding = await found(dangerousWorkflows, job('issue_comment', steps))
  expect(finding).toMatchObject({ status: 'fail', evidence: [{ line: 10 }] })
})

it('warns where a step was given a text and its output becomes part of a script', async () => {
  const steps = `      - id: slug
        uses: acme/slug@v1
        with: { text: "\${{ github.event.pull_request.title }}" }
      - run: echo "\${{ steps.slug.outputs.slug }}"
`
  const finding = await found(dangerousWorkflows, job('pull_request', steps))
  expect(finding).toMatchObject({ status: 'warn', evidence: [{ line: 9 }, {}] })
})

it('does not know a part of an event that is chosen when it runs', async () => {
  const finding = await found(dangerousWorkflows, runs('echo "${{ github.event[matrix.key].title }}"'))
  expect(finding.status).toBe('unknown')
})

const checkout = (ref: string) =>
  `      - uses: actions/checkout@v7\n        with: { ref: "${ref}" }\n      - run: make\n`

it.each([
  [
    'the head of a pull request',
    'pull_request_target',
    checkout('${{ github.event.pull_request.head.sha }}'),
  ],
  ['its branch', 'pull_request_target', checkout('${{ github.head_ref }}')],
  ['its merge', 'pull_request_target', checkout('refs/pull/${{ github.event.number }}/merge')],
  ['the head of a run', 'workflow_run', checkout('${{ github.event.workflow_run.head_sha }}')],
  ['a pull request by command', 'issue_comment', '      - run: gh pr checkout "$NUMBER"\n'],
])('fails where secrets are and %s is checked out', async (_, on, steps) => {
  const finding = await found(dangerousWorkflows, job(`[${on}]`, steps))
  expect(finding.status).toBe('fail')
  expect(finding.says).toContain('checks out the code of a fork')
})

it('lets the head be checked out where no secrets are, or where it is asked whose it is', async () => {
  const head = checkout('${{ github.event.pull_request.head.sha }}')
  expect((await found(dangerousWorkflows, job('pull_request', head))).status).toBe('pass')
  const run = checkout('${{ github.event.workflow_run.head_sha }}')
  const guard = "    if: github.event.workflow_run.event == 'push'\n"
  expect((await found(dangerousWorkflows, job('workflow_run', run, guard))).status).toBe('pass')
  expect((await found(dangerousWorkflows, job('pull_request_target', checkout('main')))).status).toBe('pass')
})

it.each([
  'curl -fsSL https://example.com/install.sh | sh',
  'wget -qO- "https://example.com/a?b=1&c=2" | sudo -E bash -',
  'bash <(curl -s https://example.com/install.sh)',
  'sh -c "$(curl -fsSL https://example.com/install.sh)"',
])('fails with %s', async (script) => {
  const finding = await found(dangerousWorkflows, { '.gitlab-ci.yml': `a:\n  script:\n    - ${script}\n` })
  expect(finding).toMatchObject({
    status: 'fail',
    evidence: [{ says: 'a download is piped to a shell', line: 3 }],
  })
})

it.each([
  'curl -s https://example.com/a.json | jq .version',
  'curl -s https://example.com/a.json | python3 -m json.tool',
  'curl -sO https://example.com/a.sh && sha256sum -c a.sum && sh a.sh',
])('passes with %s', async (script) => {
  const finding = await found(dangerousWorkflows, { '.gitlab-ci.yml': `a:\n  script:\n    - ${script}\n` })
  expect(finding.status).toBe('pass')
})

it.each([
  ['GitLab', { '.gitlab-ci.yml': 'a:\n  script:\n    - eval "echo $CI_COMMIT_MESSAGE"\n' }, 'fail'],
  ['GitLab', { '.gitlab-ci.yml': 'a:\n  script:\n    - echo "$CI_COMMIT_MESSAGE"\n' }, 'pass'],
  ['Jenkins', { Jenkinsfile: 'node {\n  sh "echo ${env.CHANGE_TITLE}"\n}\n' }, 'fail'],
  ['Jenkins', { Jenkinsfile: "node {\n  sh 'echo $CHANGE_TITLE'\n}\n" }, 'pass'],
])('tells a variable of the shell from a pasted text: %s', async (_, files, status) => {
  expect((await found(dangerousWorkflows, files)).status).toBe(status)
})

it('is not known without files of CI, or where they cannot be read', async () => {
  expect((await found(dangerousWorkflows, {})).status).toBe('unknown')
  expect((await found(dangerousWorkflows, { [at]: 'jobs: [\n' })).status).toBe('unknown')
})
