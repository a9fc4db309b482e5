import type { Evidence } from '../../check.ts'
import { declaredPackages } from '../../look/declared-packages.ts'
import { lineAt } from '../../look/files.ts'
import { isForTests } from '../../look/for-tests.ts'
import { once } from '../../look/look.ts'

const PACKAGES =
  /^(?:express-rate-limit|express-slow-down|@fastify\/rate-limit|fastify-rate-limit|rate-limiter-flexible|hono-rate-limiter|@nestjs\/throttler|koa-ratelimit|koa2-ratelimit|@upstash\/ratelimit|@hapi-rate-limit\/.*|hapi-rate-limit|django-ratelimit|django-axes|slowapi|fastapi-limiter|flask-limiter|starlette-limiter|limits|golang\.org\/x\/time|github\.com\/(?:ulule\/limiter|didip\/tollbooth|go-chi\/httprate|throttled\/throttled|sethvargo\/go-limiter).*)$/

/** Where gateways and frameworks keep a limit, and how it is written there. */
const places: { files: RegExp; pattern: RegExp }[] = [
  {
    files: /(?:^|\/)(?:nginx[\w.-]*|[\w.-]*\.nginx|(?:conf\.d|sites-\w+)\/[\w.-]+)$|\.conf$/,
    pattern: /\blimit_req(?:_zone)?\s/,
  },
  { files: /haproxy[\w.-]*$/, pattern: /\bhttp_req_rate\b|\bdeny_status 429\b/ },
  { files: /(?:^|\/)Caddyfile$/, pattern: /\brate_limit\b/ },
  {
    files: /\.ya?ml$/,
    pattern:
      /nginx\.ingress\.kubernetes\.io\/limit-(?:rps|rpm|connections)|^\s*rateLimit:\s*$|^\s*-?\s*name:\s*rate-limiting\b|\blocal_ratelimit\b|haproxy\.org\/rate-limit|AWS::WAFv2|RateBasedStatement|^\s*kind:\s*(?:RateLimit\w*|BackendTrafficPolicy)\b/m,
  },
  {
    files: /\.tf$/,
    pattern: /rate_based_statement|google_compute_security_policy|\bthrottling_rate_limit\b/,
  },
  { files: /settings(?:\/\w+)?\.py$/, pattern: /DEFAULT_THROTTLE_(?:RATES|CLASSES)/ },
]

/** Where the repository names a limit of requests, in the app or in front of it. */
export const writtenLimits = once((look): Evidence[] => {
  const packages = declaredPackages(look)
    .filter(({ name }) => PACKAGES.test(name))
    .map(({ name, file, line }) => ({
      says: `depends on ${name}`,
      file,
      ...(line === undefined ? {} : { line }),
    }))
  const files = look.repositoryFiles
  const written = places.flatMap((place) =>
    files.matching(place.files).flatMap((path): Evidence[] => {
      if (isForTests(path)) return []
      const text = files.read(path) ?? ''
      const match = place.pattern.exec(text)
      if (match === null) return []
      return [{ says: match[0].trim(), file: files.at(path), line: lineAt(text, match.index) }]
    }),
  )
  return [...packages, ...written]
})
