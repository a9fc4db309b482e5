import { request } from 'node:http'

/** What an engine's API answered; `body` is the JSON value, or the text where it was none. */
export interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: the shapes of a whole API, read by tests only
  body: any
}

/** Asks the API of the engine behind this socket; an engine that is silent for two seconds (unless told otherwise) counts as gone. */
export function askEngine(
  socket: string,
  path: string,
  options: { method?: string; body?: unknown; limitMs?: number } = {},
): Promise<Answer> {
  const body = options.body === undefined ? undefined : JSON.stringify(options.body)
  return new Promise((resolve, reject) => {
    const asking = request(
      {
        socketPath: socket,
        path,
        method: options.method ?? 'GET',
        agent: false,
        headers: body === undefined ? {} : { 'content-type': 'application/json' },
        signal: AbortSignal.timeout(options.limitMs ?? 2000),
      },
      (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (chunk) => {
          text += chunk
        })
        answer.on('error', reject)
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: asValue(text) }))
      },
    )
    asking.on('error', reject)
    asking.end(body)
  })
}

function asValue(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
