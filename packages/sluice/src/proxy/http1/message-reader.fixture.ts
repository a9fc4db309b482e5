import { ChunkScanner } from './chunk-scanner.ts'
import { OTHER } from './field-kind.ts'
import { findHeadEnd } from './head-end.ts'
import { isRefusal, type Refusal } from './refusal.ts'
import { parseRequestHead, type RequestHead } from './request-head.ts'
import { type Body, bodyOf, parseResponseHead, type ResponseHead } from './response-head.ts'
import { writeRequestHead, writeResponseHead } from './write-head.ts'

/** One message as a reader understood it. Text is latin1. */
export interface Message {
  /** Method and target, or status and reason. */
  start: [string, string]
  fields: [name: string, value: string][]
  body: string
  /** As received; ours are those that pass. */
  trailers: [name: string, value: string][]
}

export interface ReadMessage extends Message {
  host: string
  /** The fields that have to arrive at the other end unchanged. */
  endToEnd: [name: string, value: string][]
  /** What leaves us for it. */
  forwarded: string
}

export interface Reading {
  messages: ReadMessage[]
  /** `open`: all was read, and more may come. `closed`: the connection ends after the last message. */
  end: 'open' | 'closed' | 'refused'
  /** Nothing of a further message was seen. */
  isBetweenMessages: boolean
}

/** Reads a whole stream, handed over in pieces that end at `cuts` (ascending) and at its end. */
export function readRequests(stream: Buffer, cuts: readonly number[] = []): Reading {
  return readStream(new MessageReader(parseRequestHead, requestBody, forwardedRequest), stream, cuts)
}

/** Reads the answer to one request: interim responses and the final one. */
export function readResponses(stream: Buffer, method: string, cuts: readonly number[] = []): Reading {
  const reader = new MessageReader(
    parseResponseHead,
    (head) => bodyOf(head, method),
    (head) => forwardedResponse(head, method),
  )
  return readStream(reader, stream, cuts)
}

function readStream<Head extends RequestHead | ResponseHead>(
  reader: MessageReader<Head>,
  stream: Buffer,
  cuts: readonly number[],
): Reading {
  for (const cut of cuts) reader.read(stream.subarray(0, cut))
  reader.read(stream)
  reader.endOfStream()
  return { messages: reader.messages, end: reader.end, isBetweenMessages: reader.isBetweenMessages }
}

function requestBody(head: RequestHead): Body {
  if (head.chunked) return { kind: 'chunked' }
  return head.contentLength > 0 ? { kind: 'length', length: head.contentLength } : { kind: 'none' }
}

function forwardedRequest(head: RequestHead): string {
  return writeRequestHead(head, {
    clientAddress: '10.0.0.1',
    proto: 'http',
    port: 8080,
    trusted: false,
    requestId: () => 'id-1',
    upgrade: false,
  })
}

function forwardedResponse(head: ResponseHead, method: string): string {
  const isSized = bodyOf(head, method).kind !== 'untilClose'
  const connection = head.keepAlive && isSized ? 'keep-alive' : 'close'
  return writeResponseHead(head, { connection, decodeChunked: false, extra: [] })
}

/** The smallest use of the grammar that reads messages: what the data path does, without sockets. */
class MessageReader<Head extends RequestHead | ResponseHead> {
  readonly messages: ReadMessage[] = []
  end: Reading['end'] = 'open'

  readonly #parse: (bytes: Buffer, start: number, end: number) => Head | Refusal
  readonly #bodyOf: (head: Head) => Body
  readonly #forward: (head: Head) => string
  #at = 0
  #searched = 0
  #head: Head | null = null
  #body: Body = { kind: 'none' }
  #remaining = 0
  #text = ''
  #forwarded = ''
  #decoder = new ChunkScanner('decoded')
  #forwarder = new ChunkScanner('chunked')

  constructor(
    parse: (bytes: Buffer, start: number, end: number) => Head | Refusal,
    bodyOfHead: (head: Head) => Body,
    forward: (head: Head) => string,
  ) {
    this.#parse = parse
    this.#bodyOf = bodyOfHead
    this.#forward = forward
  }

  get isBetweenMessages(): boolean {
    return this.#head === null
  }

  /** `bytes` is the stream from its start as far as it has come. */
  read(bytes: Buffer): void {
    while (this.end === 'open') {
      const complete = this.#head === null ? this.#readHead(bytes) : this.#readBody(bytes)
      if (!complete) return
    }
  }

  endOfStream(): void {
    if (this.#head === null || this.end !== 'open' || this.#body.kind !== 'untilClose') return
    this.#finish(this.#head)
    this.end = 'closed'
  }

  #readHead(bytes: Buffer): boolean {
    const headEnd = findHeadEnd(bytes, this.#at, this.#searched)
    this.#searched = bytes.length
    if (headEnd === -1) return false
    const head = this.#parse(bytes, this.#at, headEnd)
    if (isRefusal(head)) {
      this.end = 'refused'
      return false
    }
    this.#at = headEnd
    this.#head = head
    this.#body = this.#bodyOf(head)
    this.#remaining = this.#body.kind === 'length' ? this.#body.length : Number.POSITIVE_INFINITY
    this.#forwarded = this.#forward(head)
    return true
  }

  #readBody(bytes: Buffer): boolean {
    const isComplete = this.#body.kind === 'chunked' ? this.#readChunks(bytes) : this.#readPlain(bytes)
    if (isComplete) this.#finish(this.#head!)
    return isComplete
  }

  #readPlain(bytes: Buffer): boolean {
    if (this.#body.kind === 'none') return true
    const end = Math.min(bytes.length, this.#at + this.#remaining)
    const text = bytes.toString('latin1', this.#at, end)
    this.#remaining -= text.length
    this.#at = end
    this.#text += text
    this.#forwarded += text
    return this.#remaining === 0
  }

  #readChunks(bytes: Buffer): boolean {
    const next = this.#decoder.push(bytes, this.#at, bytes.length)
    if (next !== this.#forwarder.push(bytes, this.#at, bytes.length))
      throw new Error('the two forms disagree')
    this.#at = next
    for (const slice of this.#decoder.out) this.#text += slice.toString('latin1')
    for (const slice of this.#forwarder.out) this.#forwarded += slice.toString('latin1')
    if (this.#decoder.refusal !== null) this.end = 'refused'
    return this.#decoder.isDone
  }

  #finish(head: Head): void {
    this.messages.push({
      start: 'method' in head ? [head.method, head.target] : [String(head.status), head.reason],
      fields: pairs(head.names, head.values),
      body: this.#text,
      trailers: pairs(this.#decoder.trailerNames, this.#decoder.trailerValues),
      host: 'host' in head ? head.host : '',
      endToEnd: endToEnd(head),
      forwarded: this.#forwarded,
    })
    this.#head = null
    this.#text = ''
    this.#searched = this.#at
    this.#decoder = new ChunkScanner('decoded')
    this.#forwarder = new ChunkScanner('chunked')
    if (isLast(head)) this.end = 'closed'
  }
}

/** Whether what follows is no further message, or none that belongs to this exchange. */
function isLast(head: RequestHead | ResponseHead): boolean {
  if ('status' in head) return head.status >= 200 || head.status === 101
  return !head.keepAlive || head.upgrade !== null
}

function pairs(names: readonly string[], values: readonly string[]): [string, string][] {
  return names.map((name, i) => [name, values[i]!])
}

function endToEnd(head: RequestHead | ResponseHead): [string, string][] {
  return pairs(head.names, head.values).filter(
    ([name], i) => head.kinds[i] === OTHER && !head.connectionNames.includes(name.toLowerCase()),
  )
}
