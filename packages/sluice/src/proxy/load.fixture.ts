import { Agent, request } from 'node:http'

/** A small steady load: some clients that keep their connection, some that open a new one for each request. */
export interface Load {
  /** Ends the clients after their current request and tells what happened. */
  stop(): Promise<{ answers: number; failures: string[]; bodies: string[] }>
}

export interface LoadOptions {
  port: number
  path?: string
  host?: string
  keepAlive?: number
  fresh?: number
}

/** Starts the clients; each sends its next request when the last one is answered. A hanging one fails after 20 s. */
export function startLoad({
  port,
  path = '/',
  host = 'localhost',
  keepAlive = 6,
  fresh = 2,
}: LoadOptions): Load {
  let isOver = false
  const failures: string[] = []
  const bodies: string[] = []

  async function client(agent: Agent): Promise<void> {
    while (!isOver) {
      try {
        const { status, body } = await ask({ port, path, host, agent })
        if (status === 200) bodies.push(body)
        else failures.push(`${status} ${body.slice(0, 100)}`)
      } catch (error) {
        failures.push(`${(error as NodeJS.ErrnoException).code} ${(error as Error).message}`)
      }
    }
    agent.destroy()
  }

  const keeping = Array.from({ length: keepAlive }, () =>
    client(new Agent({ keepAlive: true, maxSockets: 1 })),
  )
  const opening = Array.from({ length: fresh }, () => client(new Agent({ keepAlive: false })))

  async function stop() {
    isOver = true
    await Promise.all([...keeping, ...opening])
    return { answers: bodies.length, failures, bodies }
  }

  return { stop }
}

/** One request to 127.0.0.1. */
export function ask(options: {
  port: number
  path?: string
  host?: string
  agent?: Agent
  method?: string
  headers?: Record<string, string>
}): Promise<{ status: number; body: string }> {
  const { port, path = '/', host = 'localhost', agent, method = 'GET', headers = {} } = options
  return new Promise((resolve, reject) => {
    const target = { host: '127.0.0.1', port, path, method, headers: { host, ...headers }, timeout: 20_000 }
    const sent = request({ ...target, ...(agent ? { agent } : { agent: false }) }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (body += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      response.on('error', reject)
    })
    sent.on('timeout', () => sent.destroy(new Error(`no answer from port ${port} in 20 s`)))
    sent.on('error', reject)
    sent.end()
  })
}
