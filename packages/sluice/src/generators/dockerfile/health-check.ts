import type { CommonFacts } from '../../detect/facts.ts'
import { execForm } from './text.ts'

/** What a health check asks, and of whom. */
export interface Probe {
  /** Where it listens when PORT says nothing. */
  port: number
  /** Whether PORT comes first. */
  readsPort: boolean
  /** Null: any answer will do, since no path is known that says how it is. */
  path: string | null
}

/** Liveness rather than readiness: an engine that sees `unhealthy` ends the container, and a database away is no reason to. */
export function probeOfApp({ health }: CommonFacts, port: number, readsPort: boolean): Probe {
  return { port, readsPort, path: health.liveness?.value ?? health.readiness?.value ?? null }
}

/** JavaScript asks for itself: the image need not have curl. */
export function javaScriptCheck(runtime: 'node' | 'bun', { port, readsPort, path }: Probe): string[] {
  const isWell = path === null ? '0' : 'status < 400 ? 0 : 1'
  const seen = path === null ? '' : '{ status }'
  const where = readsPort ? `(process.env.PORT || ${port})` : String(port)
  const script = `fetch('http://127.0.0.1:' + ${where} + ${literal(path ?? '/')}, { redirect: 'manual' }).then((${seen}) => process.exit(${isWell}), () => process.exit(1))`
  return [...why(runtime), ...healthCheck([runtime, '-e', script])]
}

/** Python asks for itself. Django answers only to names it knows, and may send everybody to https. */
export function pythonCheck({ port, readsPort, path }: Probe, isDjango: boolean): string[] {
  const known =
    "(os.environ.get('HEALTHCHECK_HOST') or os.environ.get('ALLOWED_HOSTS', '').split(',')[0].strip(' .*') or '127.0.0.1')"
  const headers = isDjango ? `, headers={'Host': ${known}, 'X-Forwarded-Proto': 'https'}` : ''
  const where = readsPort ? `int(os.environ.get('PORT') or ${port})` : String(port)
  const script = [
    'import http.client, os, sys',
    `c = http.client.HTTPConnection('127.0.0.1', ${where}, timeout=2)`,
    `c.request('GET', ${literal(path ?? '/')}${headers})`,
    path === null ? 'c.getresponse()' : 'sys.exit(c.getresponse().status >= 400)',
  ].join('; ')
  const more = isDjango
    ? [
        '# Django answers to ALLOWED_HOSTS alone: HEALTHCHECK_HOST is one of them, where its first is a pattern.',
      ]
    : []
  return [...why('Python'), ...more, ...healthCheck(['python', '-c', script])]
}

/** What Go's image has to ask with: a program that is built beside the app, because there is nothing else in it. */
export function goProbeLines(readsPort: boolean): string[] {
  const [last, ...lines] = goProbe(readsPort).reverse()
  return [
    '# It asks the app how it is: the image that runs has no shell and no curl.',
    'WORKDIR /probe',
    "RUN --mount=type=cache,target=/root/.cache/go-build printf '%s\\n' \\",
    ...lines.reverse().map((line) => `    '${line}' \\`),
    `    '${last}' > main.go \\`,
    '  && CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags="-s -w" -o /out/healthcheck main.go',
  ]
}

export function goCheck({ port, path }: Probe): string[] {
  const words = ['/healthcheck', String(port), ...(path === null ? [] : [path])]
  return [
    '# The program of above asks the app, on 127.0.0.1, because "localhost" may mean ::1.',
    ...healthCheck(words),
  ]
}

// No single quote, percent sign or backslash in it: it is the argument of a printf.
const goProbe = (readsPort: boolean) => [
  'package main',
  'import ("net/http"; "os"; "time")',
  'func main() {',
  '  port, path := os.Args[1], "/"',
  ...(readsPort ? ['  if given := os.Getenv("PORT"); given != "" { port = given }'] : []),
  '  if len(os.Args) > 2 { path = os.Args[2] }',
  '  stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }',
  '  client := http.Client{Timeout: 2 * time.Second, CheckRedirect: stay}',
  '  answer, err := client.Get("http://127.0.0.1:" + port + path)',
  '  if err != nil || (len(os.Args) > 2 && answer.StatusCode >= 400) { os.Exit(1) }',
  '}',
]

/** A path as both languages write it, without a backslash where there is none to write. */
function literal(path: string): string {
  return /^[\w./~-]*$/.test(path) ? `'${path}'` : JSON.stringify(path)
}

function why(runtime: string): string[] {
  return [
    `# ${runtime} asks for itself: the image need not have curl. 127.0.0.1, because "localhost" may mean ::1.`,
  ]
}

function healthCheck(words: string[]): string[] {
  return [
    'HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \\',
    // Docker reads a JSON form as it stands: no variable of the engine's is put into it.
    `  CMD ${execForm(words)}`,
  ]
}
