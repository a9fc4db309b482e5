import { existsSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { SluiceError } from '../../errors.ts'
import { freePort } from '../../host/free-port.ts'
import type { AgentClient } from '../agent-client.ts'
import { ensureAgent } from '../ensure-agent.ts'
import type { Io } from '../io.ts'

/** A place of its own for the demo: a copy of the example app, a SLUICE_HOME, and a free port. */
export interface Workshop {
  folder: string
  home: string
  app: string
  url: string
  host: string
  /** The agent, started again where it has been killed. */
  agent(): Promise<AgentClient>
}

export async function openWorkshop(io: Io): Promise<Workshop> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-'))
  const home = join(folder, 'home')
  const app = join(folder, 'shop')
  await cp(exampleApp(), app, { recursive: true })
  const port = await freePort()
  const env = { ...io.env, SLUICE_HOME: home, SLUICE_LISTEN: String(port) }
  const program = io.agentProgram
  return {
    folder,
    home,
    app,
    url: `http://127.0.0.1:${port}/`,
    host: 'shop.localhost',
    agent: () => ensureAgent({ home, env, program, notice: () => {} }),
  }
}

/** Ends everything that the demo started and removes what it wrote. */
export async function closeWorkshop(workshop: Workshop): Promise<void> {
  const agent = await workshop.agent()
  await agent.post({ path: '/v1/shutdown', body: { drainMs: 1_000 } })
  await rm(workshop.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
}

// Shorter than the defaults, so that nobody has to wait.
const strategies = {
  canary: {
    canary: {
      steps: ['10%', '50%'],
      analyze: { profile: 'fast', for: '6s', onInconclusive: 'promote' },
    },
  },
  'blue-green': { 'blue-green': { bake: '3s' } },
}

/** Writes the app's sluice.yaml with these variables: a change of configuration is a new release too. */
export async function configure(
  workshop: Workshop,
  strategy: keyof typeof strategies,
  variables: Record<string, string>,
): Promise<void> {
  const config = {
    app: 'shop',
    run: { command: 'node src/main.js' },
    health: { readiness: { path: '/readyz' }, liveness: { path: '/livez' } },
    env: { schema: './env.schema.yaml', NODE_ENV: 'production', LOG_LEVEL: 'warn', ...variables },
    environments: {
      production: {
        instances: 2,
        host: workshop.host,
        strategy: strategies[strategy],
      },
    },
  }
  await writeFile(join(workshop.app, 'sluice.yaml'), stringify(config))
}

// In the repository, or in the published package.
function exampleApp(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  for (;;) {
    const example = join(folder, 'examples', 'node')
    if (existsSync(join(example, 'sluice.yaml'))) return example
    const above = dirname(folder)
    if (above === folder) throw new SluiceError('BUG', 'the example app examples/node is not beside Sluice')
    folder = above
  }
}
