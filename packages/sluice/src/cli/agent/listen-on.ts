import { chmod, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import { SluiceError } from '../../errors.ts'
import { longestSocketPath } from '../../host/socket-path.ts'

/** Answers HTTP on a unix socket that only its owner may open. Throws CONFIG_INVALID for a path that is too long. */
export async function listenOn(path: string, app: Hono): Promise<{ close(): Promise<void> }> {
  if (Buffer.byteLength(path) > longestSocketPath) {
    throw new SluiceError(
      'CONFIG_INVALID',
      `the path of a unix socket may have ${longestSocketPath} bytes; found ${path}`,
      {
        todo: 'choose a shorter SLUICE_HOME',
      },
    )
  }
  await rm(path, { force: true })
  const server = createServer(getRequestListener(app.fetch))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  await chmod(path, 0o600)
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
