import type { Yard } from '../../test/e2e/yard.ts'
import { type Deployment, deployUnder, users } from './deployment.ts'

export type Measured = 'blue-green' | 'rolling'

interface Change {
  /** Makes another release of what is in the yard. */
  change: (from: string) => Promise<void>
  /** How long the app itself takes to start, as often as the deploy has to wait for it. */
  startMs: () => Promise<number>
}

/** Changes the yard's app and deploys it under load, as its sluice.yaml says. */
export async function sluiceDeploy(yard: Yard, { change, startMs }: Change): Promise<Deployment> {
  const from = await stableOf(yard)
  const load = yard.load(users)
  const started = await startMs()
  await change(from)
  return deployUnder({ load, startMs: started, from, to: nextOf(from), command: () => deploy(yard) })
}

/** How often a deploy of two instances waits for the app: blue-green for both at once, rolling for one after the other. */
export function startsOf(start: (count: number) => Promise<number>): {
  [S in Measured]: () => Promise<number>
} {
  return { 'blue-green': () => start(2), rolling: async () => (await start(1)) + (await start(1)) }
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
