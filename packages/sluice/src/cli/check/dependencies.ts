import { connect } from 'node:net'
import { openRelay, type Relay } from '../../checks/running/relay.ts'
import type { Dependency } from '../../checks/running/trial.ts'
import { urlIn } from './trial-values.ts'

/** Where a server listens when its URL does not say. */
const usualPorts: Record<string, number> = {
  postgres: 5432,
  postgresql: 5432,
  mysql: 3306,
  mongodb: 27017,
  redis: 6379,
  amqp: 5672,
  http: 80,
}

const reachWithinMs = 500

/** Dependencies behind relays, and the variables that lead the app to the relays. */
export interface Relayed {
  env: Record<string, string>
  dependencies: Dependency[]
  close(): Promise<void>
}

/**
 * Puts a relay before every server that a variable names and that answers on this machine now. What does not answer is left
 * as it is: nobody could tell the app's view of it from its absence.
 */
export async function relayed(env: Record<string, string>): Promise<Relayed> {
  const relays: Relay[] = []
  const dependencies: Dependency[] = []
  const changed = { ...env }
  for (const [variable, value] of Object.entries(env)) {
    const url = urlIn(value)
    const kind = url?.protocol.slice(0, -1) ?? ''
    // Over TLS the name would no longer be the one in the certificate.
    const port = Number(url?.port || usualPorts[kind] || 0)
    if (url === null || !(kind in usualPorts) || port === 0) continue
    const target = { host: url.hostname.replace(/^\[|\]$/g, ''), port }
    if (!(await answers(target))) continue
    const relay = await openRelay(target)
    relays.push(relay)
    changed[variable] = value.replace(url.host, `127.0.0.1:${relay.port}`)
    dependencies.push({ variable, kind, cut: relay.cut, restore: relay.restore })
  }
  return {
    env: changed,
    dependencies,
    async close() {
      await Promise.all(relays.map((relay) => relay.close()))
    },
  }
}

function answers(target: { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...target, timeout: reachWithinMs })
    const end = (isThere: boolean) => {
      socket.destroy()
      resolve(isThere)
    }
    socket.on('connect', () => end(true))
    socket.on('error', () => end(false))
    socket.on('timeout', () => end(false))
  })
}
