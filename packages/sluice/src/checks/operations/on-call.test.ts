import { expect, it } from 'vitest'
import { found } from '../look.fixture.ts'
import { onCall } from './on-call.ts'

const whole = `owner: shop
team: Shop
rotation:
  members:
    - { name: Ada, contact: "+1" }
    - { name: Ben, contact: "+2" }
escalation:
  - { after: 0m, contact: "+1" }
  - { after: 15m, contact: "+2" }
slo: { dashboard: TODO }
`
const signed = (when: string, expires: string) => ({
  'ops/on-call.yaml': whole,
  'ops/attestations.yaml': `- { check: OPS-09, who: Ada, when: ${when}, link: https://x, expires: ${expires} }\n`,
})

it('passes what is complete and signed', async () => {
  const finding = await found(onCall, signed('2026-11-01', '2027-01-01'))
  expect(finding).toMatchObject({ status: 'pass', methods: ['attested', 'static'] })
})

it('fails without it, with a TODO in it, and with one person alone', async () => {
  expect((await found(onCall, {})).status).toBe('fail')
  const todo = await found(onCall, { 'ops/on-call.yaml': whole.replace('Ben', 'TODO') })
  expect(todo).toMatchObject({
    status: 'fail',
    evidence: [{ says: 'rotation.members.1.name is TODO', line: 6 }],
  })
  const alone = whole.replace('    - { name: Ben, contact: "+2" }\n', '')
  expect(await found(onCall, { 'ops/on-call.yaml': alone })).toMatchObject({
    status: 'fail',
    says: 'ops/on-call.yaml lacks two rotation.members with a contact',
  })
})

it('takes a schedule that is kept in Terraform', async () => {
  const { 'ops/attestations.yaml': signature } = signed('2026-11-01', '2027-01-01')
  const schedule = { 'ops/main.tf': 'resource "pagerduty_schedule" "shop" {\n}\n' }
  expect((await found(onCall, { ...schedule, 'ops/attestations.yaml': signature })).status).toBe('pass')
})

it('only warns where nobody has signed, or not for 90 days', async () => {
  expect((await found(onCall, { 'ops/on-call.yaml': whole })).status).toBe('warn')
  expect((await found(onCall, signed('2026-07-01', '2026-12-20'))).status).toBe('warn')
})
