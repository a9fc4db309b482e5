import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '../../packages/sluice/src/host/free-port.ts'
import { loadCores, spawnOn } from './cores.ts'
import { end, isInstalled, untilAccepting } from './program.ts'

/** Two apps that answer at once, as an old and a new release would stand behind a proxy. */
export interface Upstream {
  ports: [number, number]
  /** UDP; takes log lines. */
  logPort: number
  /** What they are written in. */
  madeOf: string
  close(): Promise<void>
}

const sources = fileURLToPath(new URL('../upstream/', import.meta.url))

/** Starts them on the load's cores; `folder` takes the compiled program. */
export async function openUpstream(folder: string): Promise<Upstream> {
  const ports: [number, number] = [await freePort(), await freePort()]
  const logPort = await freePort()
  const hasGo = isInstalled('go')
  const program = hasGo ? [await compiled(folder)] : [process.execPath, join(sources, 'main.ts')]
  const child = spawnOn(loadCores, [...program, ...ports.map(String), String(logPort)])
  await untilAccepting(child, ports[1])
  return { ports, logPort, madeOf: hasGo ? 'Go' : 'Node', close: () => end(child) }
}

async function compiled(folder: string): Promise<string> {
  const program = join(folder, 'upstream')
  await promisify(execFile)('go', ['build', '-o', program, join(sources, 'main.go')])
  return program
}
