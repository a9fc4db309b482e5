import { createHash, timingSafeEqual } from 'node:crypto'
import { fieldOf, removeField, setField } from './fields.ts'
import type { RequestHead } from './http1/request-head.ts'
import { cookieOf } from './sticky.ts'

/** Fields that speak to the proxy; no app ever sees them: see `OURS` in http1/field-kind.ts. */
export const TOKEN_FIELD = 'x-sluice-token'
export const RELEASE_FIELD = 'x-sluice-release'
export const DRILL_FIELD = 'x-sluice-drill'
const TOKEN_COOKIE = 'sluice_preview'
const TOKEN_PARAMETER = 'sluice_token'

/** True when the request bears the token in its field, which is what a forced release needs. */
export function bearsTokenField(head: RequestHead, token: string): boolean {
  return sameSecret(fieldOf(head, TOKEN_FIELD), token)
}

/** True when the request bears the token in its field or its cookie, which is what a preview host needs. */
export function bearsToken(head: RequestHead, token: string): boolean {
  return bearsTokenField(head, token) || sameSecret(cookieOf(fieldOf(head, 'cookie'), TOKEN_COOKIE), token)
}

/**
 * For a person who opens a preview link: the field lines of a redirect to the same place without the token, which from
 * then on is in a cookie. Null when the query bears no right token.
 */
export function tokenRedirect(target: string, token: string): string[] | null {
  const question = target.indexOf('?')
  if (question < 0) return null
  const parameters = target.slice(question + 1).split('&')
  const at = parameters.findIndex((parameter) => parameter.startsWith(`${TOKEN_PARAMETER}=`))
  if (at < 0 || !sameSecret(parameters[at]!.slice(TOKEN_PARAMETER.length + 1), token)) return null
  const others = parameters.filter((_, i) => i !== at).join('&')
  // Leading slashes become one, or `//elsewhere` would lead to another host.
  const path = target.slice(0, question).replace(/^\/+/, '/')
  return [
    `Location: ${others === '' ? path : `${path}?${others}`}`,
    `Set-Cookie: ${TOKEN_COOKIE}=${token}; Path=/; HttpOnly; SameSite=Lax`,
    'Cache-Control: no-store',
  ]
}

/** Takes the token's cookie out of the request, so that the app can neither log nor leak it. */
export function hideTokenCookie(head: RequestHead): void {
  const cookies = fieldOf(head, 'cookie')
  if (cookieOf(cookies, TOKEN_COOKIE) === null) return
  const others = cookies!.split(';').filter((pair) => !pair.trim().startsWith(`${TOKEN_COOKIE}=`))
  if (others.length === 0) removeField(head, 'cookie')
  else setField(head, 'cookie', others.join(';').trim())
}

/** In a time that says nothing of how much of it was right. */
export function sameSecret(given: string | null, token: string): boolean {
  return given !== null && timingSafeEqual(digest(given), digest(token))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
