/** What tells when it is over: a response, a socket, or a WebSocket of any kind. */
export interface Closing {
  once?(event: 'close', listener: () => void): unknown
  addEventListener?(event: 'close', listener: () => void, options?: { once: boolean }): unknown
}

/** What the app is busy with: requests, and streams that would never end if nobody told them to. */
export interface InFlight {
  addRequest(response: Closing): void
  /** A stream, with the way to tell its other side; a response that is already counted stays one thing. */
  addStream(stream: Closing, close: () => void): void
  remove(thing: object): void
  count(): { requests: number; streams: number }
  /** How many began and how many ended since the app did. */
  begun(): number
  ended(): number
  requests(): Closing[]
  closes(): (() => void)[]
  /** Resolves as soon as nothing is in flight. */
  isEmpty(): Promise<void>
}

export function createInFlight(): InFlight {
  const things = new Map<object, (() => void) | null>()
  let begun = 0
  let ended = 0
  let waiting: (() => void)[] = []

  function add(thing: Closing, close: (() => void) | null) {
    const isNew = !things.has(thing)
    things.set(thing, close)
    if (!isNew) return
    begun++
    listen(thing, () => remove(thing))
  }

  function remove(thing: object) {
    if (!things.delete(thing)) return
    ended++
    if (things.size > 0) return
    for (const go of waiting) go()
    waiting = []
  }

  return {
    addRequest: (response) => add(response, null),
    addStream: add,
    remove,
    count() {
      const streams = [...things.values()].filter((close) => close !== null).length
      return { requests: things.size - streams, streams }
    },
    begun: () => begun,
    ended: () => ended,
    requests: () => [...things.keys()],
    closes: () =>
      [...things].flatMap(([thing, close]) => (close === null ? [] : [() => things.has(thing) && close()])),
    isEmpty: () => (things.size === 0 ? Promise.resolve() : new Promise((go) => waiting.push(go))),
  }
}

function listen(thing: Closing, over: () => void): void {
  if (thing.once !== undefined) thing.once('close', over)
  else thing.addEventListener?.('close', over, { once: true })
}
