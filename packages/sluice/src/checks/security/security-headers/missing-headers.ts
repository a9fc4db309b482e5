export const headerNames = [
  'Content-Security-Policy',
  'Strict-Transport-Security',
  'X-Frame-Options',
  'X-Content-Type-Options',
  'Referrer-Policy',
] as const

export type HeaderName = (typeof headerNames)[number]

/** What an answer lacks, or has in a form that does nothing; `headers` have names in lower case. */
export function missingHeaders(headers: Record<string, string>, isPage: boolean): HeaderName[] {
  const policy = headers['content-security-policy'] ?? ''
  const isThere: { [K in HeaderName]: boolean } = {
    'Content-Security-Policy': policy !== '',
    // `max-age=0` takes it back (RFC 6797, 6.1.1).
    'Strict-Transport-Security': /max-age\s*=\s*"?[1-9]/i.test(headers['strict-transport-security'] ?? ''),
    'X-Frame-Options':
      /^(?:deny|sameorigin)\b/i.test(headers['x-frame-options'] ?? '') || /\bframe-ancestors\b/i.test(policy),
    'X-Content-Type-Options': /^nosniff$/i.test(headers['x-content-type-options'] ?? ''),
    'Referrer-Policy': !['', 'unsafe-url'].includes((headers['referrer-policy'] ?? '').trim().toLowerCase()),
  }
  const wanted = isPage ? headerNames : (['Strict-Transport-Security', 'X-Content-Type-Options'] as const)
  return wanted.filter((name) => !isThere[name])
}
