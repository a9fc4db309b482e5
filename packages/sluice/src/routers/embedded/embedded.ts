import { join } from 'node:path'
import type { Cohort } from '../../core/counts.ts'
import type { Fence } from '../../core/fence.ts'
import type { EnvironmentId } from '../../core/release.ts'
import type { ProxyReading, ProxyStatus } from '../../proxy/control.ts'
import type { ProxyClient } from '../../proxy/control-client.ts'
import { type EnsureProxyOptions, ensureProxy } from '../../proxy/ensure-proxy.ts'
import { openFences } from '../fences.ts'
import type { Router, RouterObservation, RouteSettings, Traffic } from '../router.ts'
import { embeddedAbilities as can } from './abilities.ts'
import { openComposer } from './composer.ts'
import { routerCounts } from './counts.ts'
import { environmentRoute, weightsOf } from './environment-route.ts'
import { renewProxy } from './renew-proxy.ts'

/** The router of the proxy in this home, which is started when it does not run, and again when its supervisor has died. */
export async function openEmbeddedRouter(options: EnsureProxyOptions): Promise<Router> {
  const client = await ensureProxy(options)
  await renewProxy(client, options)
  return embeddedRouter(client, { home: options.home })
}

/** The router on a client of its own, which it closes. `withinMs` bounds each call to the proxy. */
export async function embeddedRouter(
  client: ProxyClient,
  { home, withinMs }: { home: string; withinMs?: number },
): Promise<Router> {
  const fences = await openFences(join(home, 'fences.json'))
  const composer = await openComposer(client, withinMs)
  const { listen } = await client.call('status', {}, withinMs)

  async function route(traffic: Traffic, fence: Fence): Promise<void> {
    await fences.admit(traffic.environment, fence)
    await composer.place(traffic.environment, environmentRoute(traffic))
  }

  async function remove(environment: EnvironmentId, fence: Fence): Promise<void> {
    await fences.admit(environment, fence)
    await composer.place(environment, null)
  }

  // In this order: gauges that are newer than the epochs can only show less of what has been left.
  async function observe(environment: EnvironmentId): Promise<RouterObservation> {
    const status = await client.call('status', {}, withinMs)
    const reading = await client.call('read', { environment }, withinMs)
    const served = composer.servedAt(environment, oldestEpoch(status))
    return {
      weightEpoch: served.route?.weightEpoch ?? 0,
      weights: served.route === null ? {} : weightsOf(served.route),
      reached: served.isNewest && serving(status).length > 0,
      inFlight: inFlightOf(reading),
      cut: cutOf(reading),
    }
  }

  async function counts(environment: EnvironmentId, cohort?: Cohort) {
    const { boots } = await client.call('read', { environment }, withinMs)
    return routerCounts(boots, cohort)
  }

  function url({ hosts, pathPrefix, preview }: RouteSettings): { live: string; preview: string | null } {
    const [host = listen.host, previewHost] = [hosts[0], preview?.hosts[0]]
    const at = (name: string) => `http://${name}${listen.port === 80 ? '' : `:${listen.port}`}${pathPrefix}`
    const shown = previewHost === undefined ? null : `${at(previewHost)}?sluice_token=${preview?.token}`
    return { live: at(host), preview: shown }
  }

  async function warnings(): Promise<string[]> {
    return (await client.call('status', {}, withinMs)).warnings
  }

  return { can, route, observe, counts, remove, warnings, url, close: async () => client.close() }
}

function serving(status: ProxyStatus): ProxyStatus['workers'] {
  return status.workers.filter((worker) => !worker.draining)
}

// What a draining worker still answers goes by its old table, but it starts nothing on a new connection.
function oldestEpoch(status: ProxyStatus): number {
  return Math.min(...serving(status).map((worker) => worker.epoch), status.epoch)
}

function inFlightOf({ boots }: ProxyReading): NonNullable<RouterObservation['inFlight']> {
  const inFlight: NonNullable<RouterObservation['inFlight']> = {}
  for (const gauge of boots.flatMap((boot) => (boot.ended ? [] : boot.gauges))) {
    const known = inFlight[gauge.instance] ?? { requests: 0, tunnels: 0 }
    inFlight[gauge.instance] = {
      requests: known.requests + gauge.inFlight,
      tunnels: known.tunnels + gauge.tunnels,
    }
  }
  return inFlight
}

function cutOf({ boots }: ProxyReading): RouterObservation['cut'] {
  const cut: RouterObservation['cut'] = {}
  for (const row of boots.flatMap((boot) => boot.rows)) cut[row.release] = (cut[row.release] ?? 0) + row.cut
  return cut
}
