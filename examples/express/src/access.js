import { createHash, timingSafeEqual } from 'node:crypto'
import { refusal } from './errors.js'

/** Lets through who sends the bearer token (RFC 6750). Where there is none, nobody. */
export function bearerOnly(secret) {
  const wanted = secret === undefined ? null : digest(secret.reveal())
  return (request, _response, next) => {
    const [, given] = /^Bearer +(\S+)$/i.exec(request.get('authorization') ?? '') ?? []
    if (wanted === null || given === undefined || !timingSafeEqual(digest(given), wanted))
      throw refusal(401, 'a valid bearer token is needed', { 'WWW-Authenticate': 'Bearer' })
    next()
  }
}

// Of the same length whatever was sent, as the comparison in constant time wants it.
function digest(text) {
  return createHash('sha256').update(text).digest()
}
