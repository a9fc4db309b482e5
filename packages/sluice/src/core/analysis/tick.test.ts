import { expect, it } from 'vitest'
import type { RatioCounts } from '../counts.ts'
import { noCounts } from '../counts.ts'
import { emptyTally, type Measurement, takeTick } from './tick.ts'

function measured(at: number, more: Partial<Measurement>): Measurement {
  return { at, boots: [], ratios: [], candidate: 'r8', stable: 'r7', ...more }
}

function ratio(release: string, bad: number, total: number, counter = 'pod-1'): RatioCounts {
  return { metric: 'checkout', counter, release, bad, total }
}

function after(...measurements: Measurement[]) {
  return measurements.reduce<ReturnType<typeof takeTick>>(
    ({ tally }, measurement) => takeTick(tally, measurement),
    { tally: emptyTally, tick: null },
  )
}

it('a worker that was not there before counts from nothing', () => {
  const { tick } = after(
    measured(0, { boots: [] }),
    measured(5_000, { boots: [{ boot: 'w2', arms: { 'r8@2': { ...noCounts, requests: 7, bad: 2 } } }] }),
  )
  expect(tick?.epochs).toMatchObject([
    { epoch: 2, candidate: { requests: 7, bad: 2 }, stable: { requests: 0 } },
  ])
})

it('what is told of epochs that are not told apart any more is nobody’s evidence', () => {
  const { tick } = after(
    measured(0, {}),
    measured(5_000, { boots: [{ boot: 'w1', arms: { 'r8@0': { ...noCounts, requests: 900, bad: 900 } } }] }),
  )
  expect(tick?.epochs).toEqual([])
})

it('a metric of the user’s own counts from when it was first seen, for both releases', () => {
  const { tick } = after(
    measured(0, {}),
    measured(5_000, { ratios: [ratio('r8', 100, 1_000), ratio('r7', 5, 9_000)] }),
    measured(10_000, { ratios: [ratio('r8', 103, 1_050), ratio('r7', 6, 9_450), ratio('r6', 1, 1)] }),
  )
  expect(tick?.ratios).toEqual({ checkout: { nC: 50, xC: 3, nS: 450, xS: 1 } })
})

it('a failure that is seen before its request is counted with it', () => {
  const first = [
    measured(0, { ratios: [ratio('r8', 0, 100)] }),
    measured(5_000, { ratios: [ratio('r8', 4, 101)] }),
  ]
  expect(after(...first).tick?.ratios.checkout).toMatchObject({ nC: 1, xC: 1 })
  const { tick } = after(...first, measured(10_000, { ratios: [ratio('r8', 4, 110)] }))
  expect(tick?.ratios.checkout).toMatchObject({ nC: 9, xC: 3 })
})

it('a counter that falls adds nothing', () => {
  const { tick } = after(
    measured(0, { ratios: [ratio('r8', 5, 100)] }),
    measured(5_000, { ratios: [ratio('r8', 0, 3)] }),
  )
  expect(tick?.ratios.checkout).toMatchObject({ nC: 0, xC: 0 })
})
