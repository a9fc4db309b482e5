import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { Duplex } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import type { Message } from './message-reader.fixture.ts'

/** What Node's own parser (llhttp, strict) made of a stream: the messages that it saw complete. */
export interface OracleReading {
  messages: Message[]
  /** Set where it gave up. */
  error: string | null
}

const maxHeaderSize = 1024 * 1024

/** Lets llhttp read streams of requests through real servers, many at a time. */
export function openRequestOracle(): { read(streams: Buffer[]): Promise<OracleReading[]>; close(): void } {
  const readings = new WeakMap<object, { messages: Pending[]; error: string | null }>()
  const server: Server = createServer({ maxHeaderSize, insecureHTTPParser: false })
  const note = (message: IncomingMessage) => readings.get(message.socket)?.messages.push(collect(message))
  server.on('request', note).on('checkContinue', note).on('checkExpectation', note)
  server.on('clientError', (error, socket) => {
    const reading = readings.get(socket)
    if (reading) reading.error = error.message
  })

  async function read(streams: Buffer[]): Promise<OracleReading[]> {
    const wires = streams.map((stream) => {
      const wire = new Wire()
      readings.set(wire, { messages: [], error: null })
      // Node documents this for handing any stream to a server as a connection.
      server.emit('connection', wire)
      wire.push(stream)
      return wire
    })
    await settled(() => wires.flatMap((wire) => readings.get(wire)!.messages))
    const results = wires.map((wire) => {
      const { messages, error } = readings.get(wire)!
      return { messages: completeOnes(messages), error }
    })
    for (const wire of wires) wire.destroy()
    return results
  }

  return { read, close: () => server.close() }
}

/** Lets llhttp read the answer to one request each: interim responses and the final one. */
export async function readResponsesByOracle(
  cases: { stream: Buffer; method: string }[],
): Promise<OracleReading[]> {
  const readings = cases.map(({ stream, method }) => startReading(stream, method))
  await settled(() => readings.flatMap((reading) => reading.messages))
  for (const { wire } of readings) wire.push(null)
  await settled(() => readings.flatMap((reading) => reading.messages))
  for (const { wire } of readings) wire.destroy()
  return readings.map(({ messages, error }) => ({ messages: completeOnes(messages), error }))
}

interface ResponseReading {
  wire: Wire
  messages: Pending[]
  error: string | null
}

function startReading(stream: Buffer, method: string): ResponseReading {
  const reading: ResponseReading = { wire: new Wire(), messages: [], error: null }
  const outgoing = request({ method, maxHeaderSize, createConnection: () => reading.wire })
  outgoing.on('information', (head) => {
    const start: [string, string] = [String(head.statusCode), head.statusMessage]
    reading.messages.push({ message: null, start, fields: pairs(head.rawHeaders), body: '' })
  })
  outgoing.on('response', (message) => reading.messages.push(collect(message)))
  outgoing.on('upgrade', (message) => {
    const start: [string, string] = [String(message.statusCode), message.statusMessage ?? '']
    reading.messages.push({ message: null, start, fields: pairs(message.rawHeaders), body: '' })
  })
  outgoing.on('error', (error) => {
    reading.error ??= error.message
  })
  outgoing.end()
  reading.wire.push(stream)
  return reading
}

/** A message under way; `message` is null for those without a body. */
interface Pending {
  message: IncomingMessage | null
  start: [string, string]
  fields: [string, string][]
  body: string
}

function collect(message: IncomingMessage): Pending {
  const start: [string, string] = message.method
    ? [message.method, message.url ?? '']
    : [String(message.statusCode), message.statusMessage ?? '']
  const pending: Pending = { message, start, fields: pairs(message.rawHeaders), body: '' }
  message.setEncoding('latin1')
  message.on('data', (text: string) => {
    pending.body += text
  })
  message.on('error', () => undefined)
  return pending
}

/** Streams hand over what was parsed a few turns later; whatever is parsed to its end must also be read to its end. */
async function settled(messages: () => Pending[]): Promise<void> {
  for (let turns = 0; turns < 100; turns++) {
    await turn()
    if (
      turns > 0 &&
      messages().every(({ message }) => !message?.complete || message.readableEnded || message.destroyed)
    ) {
      return
    }
  }
  throw new Error('the oracle does not come to an end')
}

function completeOnes(messages: Pending[]): Message[] {
  return messages
    .filter(({ message }) => message === null || message.complete)
    .map(({ message, start, fields, body }) => ({
      start,
      fields,
      body,
      trailers: pairs(message?.rawTrailers ?? []),
    }))
}

function pairs(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, i) => [raw[2 * i]!, raw[2 * i + 1]!])
}

/** A connection without a network: what is pushed was received, what is written is lost. */
class Wire extends Duplex {
  override _read(): void {}
  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done()
  }
  // What node:http expects of a socket besides.
  setTimeout(): this {
    return this
  }
  setNoDelay(): this {
    return this
  }
  setKeepAlive(): this {
    return this
  }
}
