import { type Answer, type Check, fail, pass } from '../check.ts'
import type { Look } from '../look/look.ts'
import { isFilled, onCallFile, todosIn } from '../look/on-call-file.ts'
import { terraformBlocks } from '../look/terraform.ts'
import { field, listOf } from '../look/yaml-documents.ts'

const SCHEDULE =
  /^(?:pagerduty_schedule|pagerduty_escalation_policy|opsgenie_(?:schedule|escalation)|grafana_oncall_(?:schedule|escalation_chain)|squadcast_(?:schedule|escalation_policy)|victorops_(?:schedule|escalation_policy)|incident_schedule|betteruptime_policy)/

/**
 * OPS-09. ops/on-call.yaml without a TODO: `owner`, `team`, `rotation.members` (two at least, each with `name` and `contact`),
 * `escalation` (two at least, each with `after` and `contact`); or a schedule of PagerDuty, Opsgenie or the like in Terraform.
 * And a signature for OPS-09 in ops/attestations.yaml that it is so, which holds for 90 days.
 */
export const onCall: Check = {
  id: 'OPS-09',
  title: 'somebody is on call, and somebody else where nobody answers',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['static', 'attested']],
  warns: [['static']],
  attestedForDays: 90,
  fix: 'sluice init --with on-call writes ops/on-call.yaml; fill it in, and sign for OPS-09 in ops/attestations.yaml: { check: OPS-09, who: …, when: 2026-11-22, link: …, expires: 2027-02-20 }.',
  fixedBy: ['on-call'],
  static: (look) => blockOf(look),
}

function blockOf(look: Look): Answer {
  const document = onCallFile(look)
  if (document === null) return inTerraform(look)
  const { value, file, lineOf } = document
  const parts = ['owner', 'team', 'rotation', 'escalation']
  const open = parts.flatMap((part) => todosIn(field(value, part), [part]))
  const evidence = open.map((at) => ({ says: `${at.join('.')} is TODO`, file, line: lineOf(at) }))
  if (open.length > 0)
    return fail(
      `${open.length} TODOs are left in ${file}, the first at ${open[0]!.join('.')}`,
      evidence.slice(0, 5),
    )
  const [members, escalation] = [
    listOf(field(value, 'rotation', 'members')),
    listOf(field(value, 'escalation')),
  ]
  const reached = (some: unknown[]) => some.filter((one) => isFilled(field(one, 'contact'))).length
  const gaps = [
    ...(isFilled(field(value, 'owner')) || isFilled(field(value, 'team')) ? [] : ['owner']),
    ...(reached(members) >= 2 ? [] : ['two rotation.members with a contact']),
    ...(reached(escalation) >= 2 ? [] : ['two steps of escalation with a contact']),
  ]
  if (gaps.length > 0) return fail(`${file} lacks ${gaps.join(', ')}`, [{ says: 'not complete', file }])
  return pass('who is on call is written down, and who comes next', [
    { says: `${members.length} members`, file, line: lineOf(['rotation', 'members']) },
    { says: `${escalation.length} steps of escalation`, file, line: lineOf(['escalation']) },
  ])
}

function inTerraform(look: Look): Answer {
  const blocks = terraformBlocks(look).filter(({ type }) => SCHEDULE.test(type))
  const evidence = blocks.map(({ type, name, file, line }) => ({ says: `${type} ${name}`, file, line }))
  if (evidence.length > 0) return pass(`${evidence[0]!.says} says who is on call`, evidence.slice(0, 5))
  return fail('who is on call is not written down: there is no ops/on-call.yaml')
}
