import { freemem } from 'node:os'
import { defaultStrategy } from '../config/resolve.ts'
import type { Capabilities } from '../core/capabilities.ts'
import type { StrategyName } from '../core/strategies/index.ts'
import type { Control } from './control.ts'
import { type Intent, refusalHere } from './intent.ts'

export interface Recommendation {
  strategy: StrategyName
  why: string
}

/**
 * Requests that the candidate has to meet until a doubling of a 1 % error rate shows, at a weight of 10 %
 * (analysis reference, section 8).
 */
const requestsToSeeDoubling = 3_020
const canaryWeight = 0.1
const canaryDeadlineSeconds = 3_600
/** A guess for an app that has not run yet. */
const unknownBytes = 256 * 1024 * 1024

/** DESIGN 11.10: recreate where two cannot run; canary where there is traffic to judge; else blue-green where twice the instances fit; else rolling. */
export function recommend(
  intent: Intent,
  facts: {
    can: Capabilities
    requestsPerSecond: number
    hasStable: boolean
    bytesPerInstance: number | null
  },
): Recommendation {
  const { instances } = intent.environment
  if (refusalHere(intent, defaultStrategy('rolling'), facts.can) !== null) {
    return { strategy: 'recreate', why: 'two releases cannot run at once here' }
  }
  const seen = facts.requestsPerSecond * canaryWeight * canaryDeadlineSeconds
  const canWeigh = refusalHere(intent, defaultStrategy('canary'), facts.can) === null
  if (facts.hasStable && canWeigh && seen >= requestsToSeeDoubling) {
    const rate = Math.round(facts.requestsPerSecond)
    return {
      strategy: 'canary',
      why: `${rate} requests/s are enough to see a doubling of errors within an hour`,
    }
  }
  const needed = instances * (facts.bytesPerInstance ?? unknownBytes)
  const little = facts.hasStable
    ? `there is too little traffic to judge a canary`
    : 'there is no traffic yet to judge a canary'
  if (needed < freemem()) return { strategy: 'blue-green', why: `two copies fit, and ${little}` }
  return { strategy: 'rolling', why: `twice the instances do not fit into memory, and ${little}` }
}

/** The same, from what this control knows of the environment. */
export function recommendFor(control: Control, intent: Intent): Recommendation {
  const { id } = intent.environment
  const stable = control.keepers.get(id)?.state.stable ?? null
  return recommend(intent, {
    can: control.outside.can(intent.environment),
    requestsPerSecond: control.history.traffic(id).requestsPerSecond,
    hasStable: stable !== null,
    bytesPerInstance: null,
  })
}
