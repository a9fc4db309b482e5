import { SluiceError } from '../../errors.ts'
import type { TrafficAnswer } from '../../server/contract.ts'
import type { Intent } from '../../server/intent.ts'
import type { Service } from '../../sim/service-model.ts'
import { agentClient } from '../agent-client.ts'
import type { Call } from '../call.ts'

/** Where a number of the model comes from. */
export type Source = 'option' | 'traffic' | 'default'

/** The modelled service, and how much of it is known. */
export interface Assumptions {
  service: Service
  sources: { requestsPerSecond: Source; failedShare: Source; clientErrorShare: Source; latency: Source }
  /** None of the requests of the last half hour failed, and nothing is a multiple of nothing. */
  hasNoFailures: boolean
  allowance: TrafficAnswer['allowance']
}

/** What a person says of the traffic. */
export interface TrafficOptions {
  /** Requests in a second. */
  rps?: number
  /** Bad requests per request. */
  baselineError?: number
}

const usual = { failedShare: 0.01, clientErrorShare: 0.01, latency: { medianMs: 100, p99Ms: 320 } }
/** Where no request failed. */
const fewFailures = 0.001
const noAllowance: TrafficAnswer['allowance'] = { phi: { errors: 1, clientErrors: 1 }, instanceSd: 0 }

/**
 * What the options say, else what the agent knows of the environment's own traffic, else a default.
 * @throws USAGE where nobody knows how many requests there are.
 */
export async function assumptionsFor(
  call: Call,
  intent: Intent,
  options: TrafficOptions,
): Promise<Assumptions> {
  const known = await knownTraffic(call, intent)
  const traffic = known.is === 'known' ? known.traffic : null
  const rate = chosen(options.rps, traffic?.requestsPerSecond || undefined, undefined)
  if (rate.value === undefined) throw unknownRate(intent, whyUnknown(call, intent, known))
  const hasNoFailures = options.baselineError === undefined && traffic?.failedShare === 0
  const seenShare = hasNoFailures ? fewFailures : (traffic?.failedShare ?? undefined)
  const failed = chosen(options.baselineError, seenShare, usual.failedShare)
  const clientErrors = chosen(undefined, traffic?.clientErrorShare ?? undefined, usual.clientErrorShare)
  const latency = chosen(undefined, traffic?.latency ?? undefined, usual.latency)
  return {
    service: {
      requestsPerSecond: rate.value,
      failedShare: failed.value,
      clientErrorShare: Math.min(clientErrors.value, 1 - failed.value),
      ...latency.value,
    },
    sources: {
      requestsPerSecond: rate.source,
      failedShare: failed.source,
      clientErrorShare: clientErrors.source,
      latency: latency.source,
    },
    hasNoFailures,
    allowance: traffic?.allowance ?? noAllowance,
  }
}

function chosen<Value>(
  option: Value | undefined,
  seen: Value | undefined,
  usual: Value,
): { value: Value; source: Source } {
  if (option !== undefined) return { value: option, source: 'option' }
  return seen === undefined ? { value: usual, source: 'default' } : { value: seen, source: 'traffic' }
}

type Known = { is: 'known'; traffic: TrafficAnswer } | { is: 'no agent' } | { is: 'never deployed' }

// Looks only: no agent is started for it.
async function knownTraffic(call: Call, { config, environment }: Intent): Promise<Known> {
  const agent = agentClient(call.home)
  if ((await agent.hello()) === null) return { is: 'no agent' }
  const path = `/v1/environments/${config.app}/${environment.name}/traffic`
  try {
    return { is: 'known', traffic: await agent.get<TrafficAnswer>({ path }) }
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'UNKNOWN_ENVIRONMENT') return { is: 'never deployed' }
    throw error
  }
}

function whyUnknown({ home }: Call, { environment }: Intent, known: Known): string {
  switch (known.is) {
    case 'no agent':
      return `no agent runs in ${home}`
    case 'never deployed':
      return `${environment.id} was never deployed`
    case 'known':
      return 'none came in the last ten minutes'
  }
}

function unknownRate({ environment }: Intent, why: string): SluiceError {
  return new SluiceError('USAGE', `how many requests ${environment.id} has is not known: ${why}`, {
    todo: 'Say how many there are in a second: sluice simulate --rps 50',
  })
}
