import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../packages/sluice/src/host/free-port.ts'
import { until } from './until.ts'

/** A HAProxy that is not Sluice's, as `examples/balancer` has it. */
export interface OwnBalancer {
  port: number
  /** What `instances.apply` in agent.yaml is to be. */
  apply: string[]
  close(): Promise<void>
}

const example = new URL('../../examples/balancer/', import.meta.url).pathname

export async function openOwnBalancer(): Promise<OwnBalancer> {
  const folder = await mkdtemp(join(tmpdir(), 'own-'))
  const socket = join(folder, 'admin.sock')
  const port = await freePort()
  const env = { ...process.env, ADMIN_SOCKET: socket, LISTEN: `127.0.0.1:${port}` }
  const child = spawn('haproxy', ['-db', '-f', join(example, 'haproxy.cfg')], { env, stdio: 'ignore' })
  const ended = once(child, 'exit')
  await until('the balancer listens', () => (existsSync(socket) ? true : null))
  return {
    port,
    apply: [process.execPath, join(example, 'apply.mjs'), socket],
    async close() {
      child.kill('SIGKILL')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}
