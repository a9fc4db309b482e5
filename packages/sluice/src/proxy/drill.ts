import type { Environment } from './environment.ts'
import { fieldOf } from './fields.ts'
import type { RequestHead } from './http1/request-head.ts'
import type { ResponseHead } from './http1/response-head.ts'
import { DRILL_FIELD, sameSecret } from './preview.ts'
import type { DrillRoute } from './table.ts'

/** What is made up for one request of a drill. */
export type Fault = Pick<DrillRoute, 'errorShare' | 'delayMs'>

/** What the drill compares its broken copy with. */
const NO_FAULT: Fault = { errorShare: 0, delayMs: 0 }

/**
 * What a request for this release meets in the drill that goes on; null where none does, or where the request does not
 * bear its token. Only asked for requests that bear the preview token as well.
 */
export function faultFor(environment: Environment, head: RequestHead, release: string): Fault | null {
  const { drill } = environment.route
  if (drill === undefined || !sameSecret(fieldOf(head, DRILL_FIELD), drill.token)) return null
  return release === drill.release ? drill : NO_FAULT
}

/** Makes an app's answer the error that it is counted as. */
export function becomeError(head: ResponseHead): void {
  // These have no body, and a 500 has to say so.
  if (head.status === 204 || head.status === 304) head.contentLength = 0
  head.status = 500
  head.reason = 'Internal Server Error'
}
