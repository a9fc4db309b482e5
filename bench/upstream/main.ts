import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

// What main.go does, where there is no Go to compile it. Slower, so the proxies have less to do.

const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n${'x'.repeat(100)}`,
)
const headEnd = Buffer.from('\r\n\r\n')

const ports = process.argv.slice(2).map(Number)
const logPort = ports.pop()
for (const port of ports) {
  await once(createServer({ noDelay: true }, converse).listen(port, '127.0.0.1'), 'listening')
}
await once(createSocket('udp4').bind(logPort, '127.0.0.1'), 'listening')
console.log('ready')

// Requests have no body and come one at a time, so their ends are all there is to find.
function converse(connection: Socket): void {
  connection.on('data', (bytes) => {
    if (bytes.subarray(-4).equals(headEnd)) connection.write(answer)
  })
  connection.on('error', () => connection.destroy())
}
