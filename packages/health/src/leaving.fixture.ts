import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHealth } from './index.ts'

// A small app in a process of its own. It says on stdout where it listens and when a slow request has come. That one is
// finished when the parent says so, so that nobody has to guess how slow is slow enough.
const delayMs = Number(process.argv[2])

const health = createHealth({ version: 'fixture', drain: { delayMs, graceMs: 20_000 } })
health.onClose('database', () => console.log('closed database'))
health.onClose('queue', () => console.log('closed queue'))

const server = createServer((_request, response) => {
  process.once('message', () => response.end('slow and complete'))
  console.log('slow request')
})
health.serve(server)
server.listen(0, '127.0.0.1', () => {
  health.markStarted()
  console.log(`port ${(server.address() as AddressInfo).port}`)
})
