import type { AppFacts } from '../detect/facts.ts'
import { type Generator, madeBy } from './generator.ts'

/** What serves static files where nothing else does: one file that needs nothing but Node. */
export const staticServer: Generator = {
  summary: 'serves the static files',

  generate({ app }) {
    const folder = servedFolder(app)
    if (folder === null) return { files: [], notes: [] }
    // What a build makes for browsers is one page with a script; pages that somebody wrote are many.
    const content = program(folder, { isOnePage: app.stack !== 'static' })
    return { files: [{ path: 'serve.mjs', content }], notes: [] }
  },
}

/** The folder of an app that is files and nothing that serves them; null where something of its own does. */
export function servedFolder(app: AppFacts): string | null {
  if (app.stack === 'static') return app.serves.value
  return app.stack === 'node' && app.servesFiles ? app.outputFolder : null
}

const onePage = `// The page finds its own way, so every address without a file's ending is the page.
function pageFor(path) {
  const page = answers.get('/')
  return page === undefined || extname(path) !== '' ? notFound : page
}

`

/** Where it says how it is. */
export const staticHealth = { readiness: '/readyz', liveness: '/livez' }

// Everything that it serves is read at the start, so no path of a request ever reaches the file system.
function program(folder: string, { isOnePage }: { isOnePage: boolean }): string {
  return `${madeBy('//')}
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, relative, sep } from 'node:path'

const root = join(import.meta.dirname, ${JSON.stringify(folder)})
const notServed = /(^|\\/)(\\.[^/]*|node_modules)(\\/|$)|^\\/(serve\\.mjs|sluice\\.yaml|env\\.schema\\.yaml|Dockerfile|package(-lock)?\\.json)$/
const types = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.xml': 'application/xml; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.pdf': 'application/pdf',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
}
const ok = {
  status: 200,
  body: Buffer.from('ok'),
  headers: { 'content-type': types['.txt'], 'cache-control': 'no-store' },
}

const port = Number(process.env.PORT || 3000)
if (!(Number.isInteger(port) && port > 0 && port < 65_536)) {
  console.error(\`PORT must be 1 to 65535, found "\${process.env.PORT}"\`)
  process.exit(1)
}

// Read once: a release never changes, and a path that is not in this map leads nowhere.
const answers = new Map([
  ['${staticHealth.liveness}', ok],
  ['${staticHealth.readiness}', ok],
])
for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue
  const file = join(entry.parentPath ?? entry.path, entry.name)
  const path = \`/\${relative(root, file).split(sep).join('/')}\`
  if (notServed.test(path)) continue
  const answer = answerWith(path, readFileSync(file))
  answers.set(encodeURI(path), answer)
  if (path.endsWith('/index.html')) answers.set(encodeURI(path.slice(0, -'index.html'.length)), answer)
}
const missing = { body: Buffer.from('not found'), headers: { 'content-type': types['.txt'] } }
const notFound = { ...(answers.get('/404.html') ?? missing), status: 404 }

const server = createServer((request, response) => {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end()
    return
  }
  const path = request.url.split('?', 1)[0]
  const { status, body, headers } = answers.get(path) ?? ${isOnePage ? 'pageFor(path)' : 'notFound'}
  // Asked to leave meanwhile: the answer is the last one on its connection, which would else hold the process.
  response.once('finish', () => server.listening || request.socket.end())
  if (status === 200 && isKnown(request.headers['if-none-match'], headers.etag)) {
    response.writeHead(304, headers).end()
    return
  }
  response.writeHead(status, { ...headers, 'content-length': body.length }).end(body)
})
// Longer than any proxy in front keeps an idle connection, so that it is the proxy who closes.
server.keepAliveTimeout = 70_000
server.listen(port, () => console.log(\`serving \${answers.size} paths on port \${port}\`))
process.once('SIGTERM', () => server.close(() => process.exit(0)))

function answerWith(path, body) {
  const etag = \`"\${createHash('sha256').update(body).digest('base64url').slice(0, 16)}"\`
  // A name with a hash in it never gets other content; anything else is asked about each time.
  const cacheControl = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
  const type = types[extname(path).toLowerCase()] ?? 'application/octet-stream'
  const safe = { 'x-content-type-options': 'nosniff' }
  return { status: 200, body, headers: { ...safe, 'content-type': type, 'cache-control': cacheControl, etag } }
}

${isOnePage ? onePage : ''}function isKnown(ifNoneMatch = '', etag) {
  return etag !== undefined && ifNoneMatch.split(/\\s*,\\s*/).some((one) => one === '*' || one.replace(/^W\\//, '') === etag)
}
`
}
