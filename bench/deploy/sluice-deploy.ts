import type { Yard } from '../../test/e2e/yard.ts'
import { appStartMs } from './app-start.ts'
import { type Deployment, deployUnder, users } from './deployment.ts'

export type Measured = 'blue-green' | 'rolling'

/** Edits the yard's app and deploys it under load, with the strategy that its sluice.yaml names. */
export async function sluiceDeploy(yard: Yard, strategy: Measured): Promise<Deployment> {
  const from = await stableOf(yard)
  const load = yard.load(users)
  const startMs = await starts[strategy](yard.app)
  await yard.edit(`after ${from}`)
  return deployUnder({ load, startMs, from, to: nextOf(from), command: () => deploy(yard) })
}

/** How long the deploy has to wait for two instances: blue-green for both at once, rolling for one after the other. */
const starts: { [S in Measured]: (app: string) => Promise<number> } = {
  'blue-green': (app) => appStartMs(app, 2),
  rolling: async (app) => (await appStartMs(app, 1)) + (await appStartMs(app, 1)),
}

// Only the first deploy of all finds nothing that serves.
async function stableOf(yard: Yard): Promise<string> {
  const found = (await yard.status()).environments[0]?.stable?.release
  if (found !== undefined) return found
  await deploy(yard)
  return stableOf(yard)
}

async function deploy(yard: Yard): Promise<void> {
  const { code, err } = await yard.sluice(['deploy', '--json'])
  if (code !== 0) throw new Error(`sluice deploy ended with ${code}: ${err}`)
}

function nextOf(release: string): string {
  return `r${Number(release.slice(1)) + 1}`
}
