import { isDeepStrictEqual } from 'node:util'
import { partsOf } from '../core/analysis/arm-key.ts'
import type { ArmCounts, BootCounts } from '../core/counts.ts'
import type { Ms } from '../core/release.ts'
import type { MetricSource, Question, Reading } from '../metrics/source.ts'
import type { Clock } from './clock.ts'

/** What has not changed is told again after so long: an answer that nobody waited for any more was not heard. */
const againMs = 60_000

export interface CountedOptions {
  /** The router's first, then those of the user's own metrics. They stay open between readings. */
  sources(): Promise<[router: MetricSource, ...others: MetricSource[]]>
  question: Question
  /** The weight epoch in force when the rollout began; what was counted in earlier ones is no concern of it. */
  firstEpoch: number
  clock: Clock
  /** A source that cannot be read is missing data, which is neither for nor against a release. */
  onMissing(error: unknown): void
}

/**
 * Reads all sources for one rollout, and leaves out what would fill the journal for nothing: weight epochs from before
 * it, latency and the user's own metrics between ticks, and histograms that have not grown since the last full reading.
 */
export function counted(options: CountedOptions): (isFull: boolean) => Promise<Reading> {
  let told = new Map<string, ArmCounts>()
  let toldAllAt: Ms = -Infinity

  return async (isFull) => {
    const [router, ...others] = await options.sources()
    const { boots } = await router.read(options.question)
    const recent = mapArms(boots, (counts, _, epoch) => (epoch < options.firstEpoch ? null : counts))
    if (!isFull) return { boots: mapArms(recent, withoutLatency), ratios: [] }
    const now = options.clock.now()
    if (now - toldAllAt >= againMs) {
      told = new Map()
      toldAllAt = now
    }
    const grown = mapArms(recent, (counts, key) => {
      const isSame = isDeepStrictEqual(told.get(key), counts)
      told.set(key, counts)
      return isSame ? withoutLatency(counts) : counts
    })
    // Metrics of the user's own know nothing of cohorts.
    const isOfUsers = options.question.cohort !== 'synthetic'
    return { boots: grown, ratios: isOfUsers ? await ratiosOf(others, options) : [] }
  }
}

async function ratiosOf(
  others: MetricSource[],
  { question, onMissing }: CountedOptions,
): Promise<Reading['ratios']> {
  const read = others.map((source) =>
    source.read(question).then(
      ({ ratios }) => ratios,
      (error) => {
        onMissing(error)
        return []
      },
    ),
  )
  return (await Promise.all(read)).flat()
}

function withoutLatency(counts: ArmCounts): ArmCounts {
  return { ...counts, latency: [] }
}

function mapArms(
  boots: BootCounts[],
  change: (counts: ArmCounts, key: string, epoch: number) => ArmCounts | null,
): BootCounts[] {
  return boots.map(({ boot, arms }) => {
    const changed = Object.entries(arms).flatMap(([arm, counts]) => {
      const after = change(counts, `${boot}/${arm}`, partsOf(arm).epoch)
      return after === null ? [] : [[arm, after]]
    })
    return { boot, arms: Object.fromEntries(changed) }
  })
}
