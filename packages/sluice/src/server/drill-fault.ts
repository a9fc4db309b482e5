import { guardFinding } from '../core/analysis/guard.ts'
import type { DrillFault } from '../core/drill.ts'
import type { Event } from '../core/event.ts'
import { describeCounts } from '../core/narrate.ts'
import type { Party } from '../core/plan.ts'
import type { Ms } from '../core/release.ts'
import type { Rollout } from '../core/rollout.ts'
import type { DrillResult } from '../runtime/drill-records.ts'
import type { Keeper, RolloutNews } from '../runtime/keeper.ts'
import type { ReleaseSpec } from '../targets/target.ts'
import type { Control } from './control.ts'
import { copyOf, drillRollout } from './drill-rollout.ts'
import type { Preparation } from './preparations.ts'
import type { StartLoad, SyntheticLoad } from './synthetic-load.ts'

/** What a drill of one fault works with. */
export interface FaultRequest {
  fault: DrillFault
  by: string
  /** What serves. */
  stable: Party
  spec: ReleaseSpec
  /** What the made-up requests ask for. */
  path: string
  startLoad: StartLoad
  /** Of the whole drill. */
  preparation: Pick<Preparation, 'newer'>
  onNews(news: RolloutNews): void
}

/** What noticed the fault, for each fault the things that may: anything else was another trouble. */
const catchers: { [K in DrillFault]: DrillResult['caughtBy'][] } = {
  errors: ['guard', 'evidence'],
  latency: ['evidence', 'guard'],
  crash: ['crash'],
  'never-ready': ['probe'],
}

/** Breaks one copy of stable and waits until it is gone again. Throws ROLLOUT_UNDER_WAY, and what stops the journal. */
export async function drillFault(
  control: Control,
  keeper: Keeper,
  request: FaultRequest,
): Promise<DrillResult> {
  const copy = copyOf(request.spec, request.fault)
  await control.records.environments.saveSpec(copy, control.clock.now())
  const rollout = drillRollout(control, keeper, { copy, ...request })
  const course = new Course(control, request, rollout)
  const stopListening = keeper.onNews((news) => {
    if (news.rollout.id !== rollout.id) return
    course.follow(news.rollout)
    request.onNews(news)
  })
  try {
    const note = { source: 'drill', warnings: [] }
    const driven = await keeper.begin(rollout, { startedBy: request.by, note })
    // Whoever came while it began could not end it.
    const newer = request.preparation.newer()
    if (newer?.what === 'rollback') await keeper.tell(rollbackWanted(control, newer.by))
    return course.resultOf(await driven.done)
  } finally {
    stopListening()
    course.stop()
  }
}

/** A person's word that users are helped before anything is tried. */
export function rollbackWanted({ clock }: Pick<Control, 'clock'>, by: string): Event {
  return { kind: 'aborted', at: clock.now(), by, why: 'a rollback is wanted' }
}

/** One fault on its way from the copy's start to its end. */
class Course {
  readonly #control: Control
  readonly #request: FaultRequest
  readonly #rollout: Rollout
  #load: SyntheticLoad | null = null
  #brokenAt: Ms | null
  /** The rollout at its verdict. */
  #turned: Rollout | null = null

  constructor(control: Control, request: FaultRequest, rollout: Rollout) {
    this.#control = control
    this.#request = request
    this.#rollout = rollout
    this.#brokenAt = request.fault === 'never-ready' ? rollout.startedAt : null
  }

  /** Breaks the copy once it is being watched, and lets it be once the verdict has fallen. */
  follow(now: Rollout): void {
    if (now.status === 'running' && now.steps[now.at]?.kind === 'analyze' && this.#brokenAt === null) {
      this.#brokenAt = this.#control.clock.now()
      this.#break()
    }
    if (now.status === 'running' || this.#turned !== null) return
    this.#turned = now
    this.stop()
  }

  stop(): void {
    this.#load?.stop()
    this.#load = null
  }

  resultOf(ended: Rollout): DrillResult {
    const { fault } = this.#request
    const turned = this.#turned
    const result = { fault, rollout: ended.id, caughtBy: null, detectedMs: null, undoneMs: null }
    if (turned === null || turned.reason === null || ended.status === 'succeeded')
      return { ...result, outcome: 'missed', message: `not noticed: ${describeCounts(ended)}` }
    const { kind, message } = turned.reason
    if (kind === 'person' || kind === 'superseded') return { ...result, outcome: 'aborted', message }
    const caughtBy = catcherOf(turned)
    const isCaught = this.#brokenAt !== null && catchers[fault].includes(caughtBy)
    return {
      ...result,
      outcome: isCaught ? 'caught' : 'disturbed',
      caughtBy,
      message,
      detectedMs: this.#brokenAt === null ? null : turned.now - this.#brokenAt,
      undoneMs: (ended.endedAt ?? ended.now) - turned.now,
    }
  }

  #break(): void {
    const { environment, candidate, stable, drill } = this.#rollout
    const { path, startLoad } = this.#request
    if (drill?.injection === null || drill === undefined || stable === null) {
      // One that cannot be killed is not noticed, and that is told.
      this.#control.target.crash(environment, candidate.release).catch(() => {})
      return
    }
    const { token } = drill.injection
    this.#load = startLoad({ environment, path, token, releases: [stable.release, candidate.release] })
  }
}

function catcherOf({ reason, guard, seen, hasSettled, candidate }: Rollout): DrillResult['caughtBy'] {
  if (reason?.kind === 'evidence') return guardFinding(guard) === null ? 'evidence' : 'guard'
  if (reason?.kind !== 'health') return null
  const exits = seen?.releases[candidate.release]?.exitsBeforeReady ?? 0
  return hasSettled || exits > 0 ? 'crash' : 'probe'
}
