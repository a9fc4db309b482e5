import { expect, it } from 'vitest'
import { found } from '../look.fixture.ts'
import { logCollection } from './log-collection.ts'

const compose = (driver: string) => ({
  'compose.yaml': `services:\n  app:\n    build: .\n    logging:\n      driver: ${driver}\n`,
})

it.each([
  ['a collector', { 'ops/vector.yaml': 'sinks: {}\n' }, 'the configuration of a collector'],
  ['a log driver', compose('awslogs'), 'log driver awslogs'],
  [
    'a log store',
    { 'main.tf': 'resource "aws_cloudwatch_log_group" "shop" {\n}\n' },
    'aws_cloudwatch_log_group shop',
  ],
])('passes with %s', async (_, files, says) => {
  expect(await found(logCollection, files)).toMatchObject({ status: 'pass', evidence: [{ says }] })
})

it('fails where logs are thrown away', async () => {
  expect(await found(logCollection, compose('none'))).toMatchObject({
    status: 'fail',
    evidence: [{ line: 5 }],
  })
})

it('lets another container be quiet', async () => {
  const quiet = { 'compose.yaml': 'services:\n  mail:\n    image: mailpit\n    logging: { driver: none }\n' }
  expect((await found(logCollection, quiet)).status).toBe('unknown')
})

it('does not know of what a platform collects, unless it has said so or somebody has signed', async () => {
  expect((await found(logCollection, compose('json-file'))).status).toBe('unknown')
  const reply = (reply: object) => ({
    'ops/replies/logs.json': { takenAt: '2026-11-21T10:00:00Z', from: 'aws logs describe-log-groups', reply },
  })
  expect((await found(logCollection, reply({ logGroups: [{}] }))).status).toBe('pass')
  expect((await found(logCollection, reply({ logGroups: [] }))).status).toBe('fail')
  const signed = '- { check: MON-03, who: Ada, when: 2026-11-20, link: https://x, expires: 2027-01-20 }\n'
  expect((await found(logCollection, { 'ops/attestations.yaml': signed })).status).toBe('pass')
})
