import { expect, test } from 'vitest'
import type { Evidence, MetricEvidence } from '../../core/analysis/evidence.ts'
import { evidenceTable, sumLine } from './evidence.ts'
import { plain } from './paint.ts'

const errors: MetricEvidence = {
  ...{ id: 'errors', weight: 0.4, nC: 238, xC: 9, nS: 2_230, xS: 4 },
  ratio: { low: 6.4, estimate: 21, high: 68 },
  ...{ eValue: 5_100, ePromote: 0.01, secondsToRollback: 3 },
}
const quiet: MetricEvidence = { ...errors, id: 'clientErrors', xC: 0, xS: 0, ratio: null, eValue: 0.9 }
const evidence: Evidence = {
  ...{
    state: 'suspicious',
    freeze: 'suspicious',
    eValue: 2_040,
    threshold: 133.3,
    confirmed: 2,
    confirmTicks: 3,
  },
  ...{ ePromote: 0.01, promoteThreshold: 20, lowTrust: false, leading: 'errors', metrics: [errors, quiet] },
}

test('each metric that has seen something bad has a line, and all together have one', () => {
  expect(evidenceTable(evidence, { from: 'r7', to: 'r8' }, plain)).toEqual([
    '    errors        r8 3.8 %      r7 0.18 %     ratio 21 × (6.4 to 68)         evidence ██████████ 5,100',
    '    e-value 2,040 of 133 against it at 2 of 3 ticks, 0.01 of 20 for it',
  ])
})

test('what cannot be trusted says so', () => {
  expect(sumLine({ ...evidence, confirmed: 0, lowTrust: true })).toBe(
    'e-value 2,040 of 133 against it, 0.01 of 20 for it (low trust: too little history of this app)',
  )
})
