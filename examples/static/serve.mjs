import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, relative, sep } from 'node:path'

const root = join(import.meta.dirname, 'public')
const types = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.txt': 'text/plain; charset=utf-8',
}
const ok = {
  status: 200,
  body: Buffer.from('ok'),
  headers: { 'content-type': types['.txt'], 'cache-control': 'no-store' },
}

const port = Number(process.env.PORT || 3000)
if (!(Number.isInteger(port) && port > 0 && port < 65_536)) {
  console.error(`PORT must be 1 to 65535, found "${process.env.PORT}"`)
  process.exit(1)
}

// Read once: a release never changes, and a path that is not in this map leads nowhere.
const answers = new Map([
  ['/livez', ok],
  ['/readyz', ok],
])
for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue
  const file = join(entry.parentPath ?? entry.path, entry.name)
  const path = `/${relative(root, file).split(sep).join('/')}`
  answers.set(path, answerWith(path, readFileSync(file)))
  if (path.endsWith('/index.html')) answers.set(path.slice(0, -'index.html'.length), answers.get(path))
}
const notFound = { ...answers.get('/404.html'), status: 404 }

const server = createServer((request, response) => {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return response.writeHead(405, { allow: 'GET, HEAD' }).end()
  const { status, body, headers } = answers.get(request.url.split('?', 1)[0]) ?? notFound
  // Asked to leave meanwhile: the answer is the last one on its connection, which would else hold the process.
  response.once('finish', () => server.listening || request.socket.end())
  if (status === 200 && isKnown(request.headers['if-none-match'], headers.etag))
    return response.writeHead(304, headers).end()
  response.writeHead(status, { ...headers, 'content-length': body.length }).end(body)
})
// Longer than any proxy in front keeps an idle connection, so that it is the proxy who closes.
server.keepAliveTimeout = 70_000
server.listen(port, () => console.log(`serving ${answers.size} paths on port ${port}`))
process.once('SIGTERM', () => server.close(() => process.exit(0)))

function answerWith(path, body) {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 16)}"`
  // A name with a hash in it never gets other content; anything else is asked about each time.
  const cacheControl = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
  const type = types[extname(path)] ?? 'application/octet-stream'
  return { status: 200, body, headers: { 'content-type': type, 'cache-control': cacheControl, etag } }
}

function isKnown(ifNoneMatch = '', etag) {
  return ifNoneMatch.split(/\s*,\s*/).some((one) => one === '*' || one.replace(/^W\//, '') === etag)
}
