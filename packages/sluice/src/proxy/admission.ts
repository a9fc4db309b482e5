import { faultFor } from './drill.ts'
import type { Environment } from './environment.ts'
import { fieldOf } from './fields.ts'
import type { RequestHead } from './http1/request-head.ts'
import { bearsToken, bearsTokenField, hideTokenCookie, RELEASE_FIELD, tokenRedirect } from './preview.ts'
import type { Shared } from './shared.ts'
import { uidCookieLine, uidOf } from './sticky.ts'
import type { Wish } from './wish.ts'

/** What the proxy answers itself. */
export interface Answer {
  status: number
  body?: string
  lines: readonly string[]
}

const NO_LINES: readonly string[] = []
const NOT_HERE: Answer = { status: 404, body: 'Nothing is served here.\n', lines: NO_LINES }
const NO_SUCH_RELEASE: Answer = { status: 404, body: 'No such release is served here.\n', lines: NO_LINES }
const TOO_LARGE: Answer = { status: 413, lines: NO_LINES }
const HELD_HEALTH: Answer = { status: 200, body: 'held\n', lines: NO_LINES }

/** Where a request belongs and what it asks of the choice, or what it is told instead. */
export function admit(shared: Shared, head: RequestHead): Wish | Answer {
  const place = shared.routes.find(head.host, head.target)
  if (place === null) {
    shared.unrouted++
    return NOT_HERE
  }
  const { environment } = place
  const { hold, maxBodyBytes, preview, sticky } = environment.route
  if (maxBodyBytes !== null && head.contentLength > maxBodyBytes) return TOO_LARGE
  if (place.isPreview) return admitPreview(environment, head)
  if (hold !== null && hold.healthPath === pathOf(head.target)) return HELD_HEALTH
  if (preview !== null) {
    const forced = fieldOf(head, RELEASE_FIELD)
    if (forced !== null && bearsTokenField(head, preview.token)) return wishFor(environment, head, forced)
  }
  return sticky === null ? environment.anybody : admitUser(shared, environment, head, sticky.header)
}

export function isAnswer(admission: Wish | Answer): admission is Answer {
  return 'status' in admission
}

function admitPreview(environment: Environment, head: RequestHead): Wish | Answer {
  const preview = environment.route.preview!
  if (!bearsToken(head, preview.token)) {
    const lines = tokenRedirect(head.target, preview.token)
    // A wrong token learns no more than an unknown host.
    return lines === null ? NOT_HERE : { status: 302, body: '', lines }
  }
  hideTokenCookie(head)
  return wishFor(environment, head, fieldOf(head, RELEASE_FIELD) ?? preview.release)
}

/** A named release, whatever its weight. Such a request is evidence in a drill alone. */
function wishFor(environment: Environment, head: RequestHead, id: string): Wish | Answer {
  const release = environment.release(id)
  if (release === null) return NO_SUCH_RELEASE
  const fault = faultFor(environment, head, id)
  return { environment, cohort: 'synthetic', release, key: null, fault, lines: NO_LINES }
}

/** The user's key: the configured field, else our cookie, else a new one that the answer hands out. */
function admitUser(shared: Shared, environment: Environment, head: RequestHead, header?: string): Wish {
  const named = header === undefined ? null : fieldOf(head, header.toLowerCase())
  const known = named ?? uidOf(fieldOf(head, 'cookie'))
  const key = known ?? shared.uid()
  const lines = known === null ? [uidCookieLine(key)] : NO_LINES
  return { environment, cohort: 'users', release: null, key, fault: null, lines }
}

function pathOf(target: string): string {
  const question = target.indexOf('?')
  return question < 0 ? target : target.slice(0, question)
}
