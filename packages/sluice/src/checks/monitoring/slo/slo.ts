import { type Answer, type Check, fail, pass, unknown } from '../../check.ts'
import type { Look } from '../../look/look.ts'
import { isFilled } from '../../look/on-call-file.ts'
import { dashboardOf } from './dashboards.ts'
import { objectives } from './objectives.ts'

/**
 * MON-08. The block `slo` of ops/on-call.yaml or ops/slo.yaml with `objective: 99.9`, `window: 30d`, `indicator: <query>` and
 * `dashboard: <link>`; or an SLO of OpenSLO, Sloth or Pyrra. It is shown by that link, or by a dashboard of Grafana (JSON) in
 * the repository that asks for a metric of the indicator.
 */
export const slo: Check = {
  id: 'MON-08',
  title: 'what is promised is written down, and shown',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['static']],
  fix: 'Write it into ops/on-call.yaml (sluice init --with on-call): slo: { objective: 99.9, window: 30d, indicator: <PromQL>, dashboard: <link> }.',
  fixedBy: ['on-call'],
  static: (look) => sloOf(look),
}

function sloOf(look: Look): Answer {
  const all = objectives(look)
  if (all.length === 0)
    return fail('no SLO is written down: neither in ops/on-call.yaml nor by OpenSLO, Sloth or Pyrra')
  const lacking = all.map((one) => ({
    ...one,
    gaps: (['objective', 'window', 'indicator'] as const).filter((part) => !isFilled(one[part])),
  }))
  const whole = lacking.find(({ gaps }) => gaps.length === 0)
  if (whole === undefined) {
    const { says, file, line, gaps } = lacking[0]!
    return fail(`${says} has no ${gaps.join(' and no ')}`, [{ says, file, line }])
  }
  const { says, file, line, objective, window } = whole
  const evidence = { says: `${says}: ${objective} over ${window}`, file, line }
  const shown = dashboardOf(whole, look)
  if (shown !== null) return pass(`${evidence.says}, and it is shown`, [evidence, shown])
  return unknown(`${evidence.says}; where it is shown is not known: give slo.dashboard a link`, [evidence])
}
