import type { RequestHead } from './http1/request-head.ts'
import type { ResponseHead } from './http1/response-head.ts'
import { writeResponseHead } from './http1/write-head.ts'

/** The interim responses (1xx without 101) of one request, each of which reaches the client at most once. */
export class Interim {
  /** The client was asked for the body. */
  hasContinued: boolean
  /** The attempt whose hints were passed on; those of a later one would repeat them. */
  #informedBy: number

  constructor() {
    this.hasContinued = false
    this.#informedBy = 0
  }

  /** What the client is to be sent, null for nothing. An HTTP/1.0 client knows no interim responses. */
  relay(response: ResponseHead, request: RequestHead, attempt: number): string | null {
    if (request.minor === 0) return null
    if (response.status === 100) {
      if (!request.expectsContinue || this.hasContinued) return null
      this.hasContinued = true
    } else {
      if (this.#informedBy !== 0 && this.#informedBy !== attempt) return null
      this.#informedBy = attempt
    }
    return writeResponseHead(response, { connection: 'keep-alive', decodeChunked: false, extra: [] })
  }
}
