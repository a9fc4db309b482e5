import { expect, it } from 'vitest'
import { found } from '../../look.fixture.ts'
import { trialOf } from '../../running/trial.fixture.ts'
import { envVariables } from './env-variables.ts'

const files = {
  'server.js': 'connect(process.env.DATABASE_URL, process.env.LEVEL ?? "info")\nlisten(process.env.PORT)\n',
  'env.schema.yaml':
    'type: object\nrequired: [DATABASE_URL]\nproperties:\n  DATABASE_URL: { x-secret: true }\n  LEVEL: { default: info }\n',
  '.env.example': '# required, secret\nDATABASE_URL=\n\n# LEVEL=info\nPORT=3000\n',
}
const answer = (_request: unknown, response: { end(text: string): void }) => response.end('ok')
const refusing = (says: string, code = 1) =>
  trialOf({
    answer,
    refuses: ({ without = [] }) => (without.includes('DATABASE_URL') ? { code, says } : null),
  })

it('passes where all is declared, and a start without a required variable names it', async () => {
  const finding = await found(envVariables, files, { trial: refusing('DATABASE_URL is not set') })
  expect(finding.status).toBe('pass')
  expect(finding.evidence.at(-1)?.says).toBe(
    'without DATABASE_URL it ends with exit code 1 after 20 ms and names it',
  )
})

it('warns as long as no start was tried', async () => {
  expect((await found(envVariables, files)).status).toBe('warn')
})

it.each([
  ['starts all the same', trialOfAll, 'it starts without DATABASE_URL'],
  ['does not name it', () => refusing('TypeError: DATABASE_URLS'), 'does not say that DATABASE_URL'],
  ['ends as if all were well', () => refusing('DATABASE_URL', 0), 'exit code 0'],
])('fails where the app %s', async (_, trial, says) => {
  const finding = await found(envVariables, files, { trial: trial() })
  expect(finding.status).toBe('fail')
  expect(finding.says).toContain(says)
})

function trialOfAll() {
  return trialOf({ answer })
}

it.each([
  ['no schema', { 'env.schema.yaml': '' }, 'no env schema'],
  [
    'a variable that it does not know',
    { 'server.js': 'process.env.DATABASE_URL + process.env.LEVEL + process.env.LEVL\n' },
    'read and not declared: LEVL',
  ],
  ['no example', { '.env.example': '' }, 'it lacks DATABASE_URL, LEVEL'],
  [
    'an example of before',
    { '.env.example': 'DATABASE_URL=\nLEVEL=\nOLD=1\n' },
    'the schema does not know OLD',
  ],
])('fails with %s', async (_, changed, says) => {
  const finding = await found(envVariables, { ...files, ...changed })
  expect(finding.status).toBe('fail')
  expect(finding.says).toContain(says)
})

it('does not know names that the code puts together', async () => {
  const changed = { 'server.js': 'process.env.DATABASE_URL + process.env.LEVEL + process.env[name]\n' }
  const finding = await found(envVariables, { ...files, ...changed })
  expect(finding.status).toBe('unknown')
  expect(finding.evidence[0]).toMatchObject({ file: 'server.js', line: 1 })
})

it('warns where code hands the environment on as a whole, as those do who read it by a schema', async () => {
  const changed = { 'server.js': 'listen(readSettings(process.env))\n' }
  const trial = refusing('DATABASE_URL is not set')
  expect((await found(envVariables, { ...files, ...changed }, { trial })).status).toBe('warn')
})

it('asks for no schema on behalf of tests, and knows none where names cannot be told', async () => {
  const tests = { 'e2e/setup.js': 'visit(process.env.SHOP_URL, process.env[name])\n' }
  expect((await found(envVariables, tests)).status).toBe('na')
  const finding = await found(envVariables, { 'server.js': 'listen(readSettings(process.env))\n' })
  expect(finding.status).toBe('unknown')
})

it('does not concern code that reads what the system gives alone', async () => {
  expect((await found(envVariables, {})).status).toBe('na')
})
