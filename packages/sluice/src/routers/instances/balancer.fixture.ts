import { once } from 'node:events'
import { createServer, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { InstanceList } from './list.ts'

/** Somebody's own balancer: gives each endpoint of a list as many requests as any other, and takes lists from a command. */
export interface Balancer {
  port: number
  /** What `instances.apply` is to be. */
  apply: string[]
  /** How often it has taken up a list. */
  taken(): number
  /** It answers to no command, until the returned function is called. */
  hang(): () => void
  /** It takes nothing up. */
  refuses: boolean
  close(): Promise<void>
}

export async function openBalancer(): Promise<Balancer> {
  const lists = new Map<string, InstanceList>()
  const turns = new Map<string, number>()
  let open: Promise<void> | null = null
  let taken = 0

  const front = createServer((asked, answer) => {
    const host = asked.headers.host?.replace(/:\d+$/, '')
    const list = [...lists.values()].find(({ hosts }) => hosts.includes(host ?? ''))
    const endpoints = list?.endpoints ?? []
    const turn = turns.get(host ?? '') ?? 0
    turns.set(host ?? '', turn + 1)
    const to = endpoints[turn % endpoints.length]
    if (to === undefined) return end(answer, 503, 'nobody serves')
    const { method = 'GET', url = '/', headers } = asked
    const onward = request({ host: to.host, port: to.port, method, path: url, headers, agent: false })
    onward.on('response', (found) => found.pipe(answer.writeHead(found.statusCode ?? 502, found.headers)))
    onward.on('error', () => end(answer, 502, 'nobody answers'))
    asked.pipe(onward)
  })

  const desk = createServer(async (asked, answer) => {
    const list = (await json(asked)) as InstanceList
    await open
    if (balancer.refuses) return end(answer, 503, 'not now')
    lists.set(list.environment, list)
    taken += 1
    end(answer, 200, 'taken up')
  })

  for (const server of [front, desk]) await once(server.listen(0, '127.0.0.1'), 'listening')
  const portOf = (server: typeof front) => (server.address() as AddressInfo).port
  const script = fileURLToPath(new URL('apply.fixture.js', import.meta.url))
  const balancer: Balancer = {
    port: portOf(front),
    apply: [process.execPath, script, `http://127.0.0.1:${portOf(desk)}/`],
    taken: () => taken,
    refuses: false,
    hang() {
      const { promise, resolve } = Promise.withResolvers<void>()
      open = promise
      return resolve
    },
    async close() {
      for (const server of [front, desk]) {
        server.close()
        server.closeAllConnections()
      }
    },
  }
  return balancer
}

function end(answer: ServerResponse, status: number, text: string): void {
  answer.writeHead(status).end(text)
}
