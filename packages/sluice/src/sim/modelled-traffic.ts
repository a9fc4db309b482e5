import { addTo } from '../core/analysis/latency-histogram.ts'
import { type ArmCounts, type BootCounts, noCounts, type RatioCounts } from '../core/counts.ts'
import type { Routing } from '../core/effect.ts'
import type { Ms, ReleaseId } from '../core/release.ts'
import { shareOf, WHOLE } from '../core/weights.ts'
import type { Random } from '../std/random.ts'
import { poisson } from './poisson.ts'
import type { ArmModel } from './service-model.ts'

/** What comes, and what becomes of it. */
export interface TrafficModel {
  requestsPerSecond: number
  models: Record<ReleaseId, ArmModel>
  /** Metrics of the user's own, of which this part of the requests is bad at every release. */
  ownMetrics: { ids: string[]; badShare: number }
}

/** The requests that modelled releases get, as a router and other metric sources count them. */
export class ModelledTraffic {
  readonly #model: TrafficModel
  readonly #random: Random
  /** Of the current weight epoch. Weights change only when all was just measured, so nothing of an earlier one is missed. */
  #arms: Record<`${ReleaseId}@${number}`, ArmCounts> = {}
  readonly #own: Record<string, RatioCounts> = {}
  readonly #requests: Record<ReleaseId, number> = {}
  #routing: Pick<Routing, 'weights' | 'weightEpoch'>
  #countedTo: Ms = 0

  constructor(model: TrafficModel, weights: Routing['weights'], random: Random) {
    this.#model = model
    this.#random = random
    this.#routing = { weights, weightEpoch: 0 }
    for (const release of Object.keys(model.models)) {
      this.#requests[release] = 0
      for (const metric of model.ownMetrics.ids)
        this.#own[`${metric}/${release}`] = { metric, counter: 'model', release, bad: 0, total: 0 }
    }
  }

  /** From now on requests are given to these releases. */
  route(routing: Routing, now: Ms): void {
    if (routing.weightEpoch === this.#routing.weightEpoch) return
    this.countTo(now)
    this.#routing = routing
    this.#arms = {}
  }

  /** Who has come until now. */
  countTo(now: Ms): void {
    const arrivals = ((now - this.#countedTo) * this.#model.requestsPerSecond) / 1_000
    this.#countedTo = now
    const { weights, weightEpoch } = this.#routing
    for (const release of Object.keys(weights)) {
      const mean = (arrivals * shareOf(weights, release)) / WHOLE
      const arm = `${release}@${weightEpoch}` as const
      const grown = this.#grown(this.#arms[arm] ?? noCounts, this.#model.models[release]!, mean)
      const came = grown.requests - (this.#arms[arm]?.requests ?? 0)
      this.#arms[arm] = grown
      this.#requests[release]! += came
      this.#countOwn(release, came)
    }
  }

  /** The router's counters. */
  boots(): BootCounts[] {
    return [{ boot: 'model', arms: { ...this.#arms } }]
  }

  /** Those of the user's own metrics. */
  ratios(): RatioCounts[] {
    return Object.values(this.#own).map((counts) => ({ ...counts }))
  }

  /** All that this release has had. */
  requestsOf(release: ReleaseId): number {
    return this.#requests[release] ?? 0
  }

  // Parts of what comes by Poisson's law come by it too, and independently: each kind of answer can be drawn by itself.
  #grown(before: ArmCounts, model: ArmModel, mean: number): ArmCounts {
    const bad = poisson(mean * model.failed, this.#random)
    const clientErrors = poisson(mean * model.clientErrors, this.#random)
    const more: [index: number, count: number][] = []
    let answers = 0
    for (const [index, share] of model.answers) {
      const count = poisson(mean * share, this.#random)
      answers += count
      if (count > 0) more.push([index, count])
    }
    return {
      ...before,
      requests: before.requests + bad + clientErrors + answers,
      bad: before.bad + bad,
      clientErrors: before.clientErrors + clientErrors,
      latency: addTo(before.latency, more),
    }
  }

  #countOwn(release: ReleaseId, requests: number): void {
    const { ids, badShare } = this.#model.ownMetrics
    for (const metric of ids) {
      const counts = this.#own[`${metric}/${release}`]!
      counts.total += requests
      counts.bad += Math.min(requests, poisson(requests * badShare, this.#random))
    }
  }
}
