import { Agent, request } from 'node:http'
import type { EnvironmentId, ReleaseId } from '../core/release.ts'

/** Requests that Sluice makes itself, the same to each of the releases. */
export interface LoadRequest {
  environment: EnvironmentId
  releases: ReleaseId[]
  path: string
  /** Of the drill. */
  token: string
}

export interface SyntheticLoad {
  /** Sends nothing more. */
  stop(): void
}

export type StartLoad = (request: LoadRequest) => SyntheticLoad

/** Where the requests go: the proxy's address, and the environment's preview. */
export interface LoadDoor {
  address: { host: string; port: number }
  previewHost: string
  previewToken: string
}

const perSecond = 50
const mostUnderWay = 60
/** More than an agent should ever send, should nobody stop it. */
const mostRequests = perSecond * 90
const timeoutMs = 10_000

/**
 * So many requests a second to each release, through the router. They come to the preview address, where no request ever
 * is a user's: when that closes they are answered 404 instead of being given to whoever serves.
 */
export function startSyntheticLoad(door: LoadDoor, wanted: LoadRequest): SyntheticLoad {
  const agent = new Agent({ keepAlive: true, maxSockets: mostUnderWay * wanted.releases.length })
  let [sent, underWay] = [0, 0]

  function send(release: ReleaseId): void {
    underWay += 1
    const headers = {
      host: door.previewHost,
      'user-agent': 'sluice-drill',
      'x-sluice-token': door.previewToken,
      'x-sluice-drill': wanted.token,
      'x-sluice-release': release,
    }
    const { path } = wanted
    const asking = request(
      { ...connectable(door.address), path, headers, agent, timeout: timeoutMs },
      (answer) => answer.resume(),
    )
    asking.on('timeout', () => asking.destroy())
    // What went wrong is counted by the router, which is what the drill looks at.
    asking.on('error', () => {})
    asking.on('close', () => {
      underWay -= 1
    })
    asking.end()
  }

  const beat = setInterval(() => {
    if (sent >= mostRequests || underWay >= mostUnderWay * wanted.releases.length) return
    sent += 1
    for (const release of wanted.releases) send(release)
  }, 1_000 / perSecond)

  return {
    stop() {
      clearInterval(beat)
      agent.destroy()
    },
  }
}

// An address that stands for all of them is listened on, and not connected to.
function connectable({ host, port }: LoadDoor['address']): LoadDoor['address'] {
  if (host === '0.0.0.0') return { host: '127.0.0.1', port }
  return host === '::' ? { host: '::1', port } : { host, port }
}
