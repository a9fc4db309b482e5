import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../fleet/clock.ts'
import { ENVIRONMENT, plainSpec } from '../plain-spec.fixture.ts'
import type { ReleaseObservation, ReleaseSpec, Target } from '../target.ts'
import { identityIn } from './instance-process.ts'
import { openProcessTarget } from './process.ts'
import { endGroup } from './process-group.ts'

export { ENVIRONMENT }

/** A folder with tiny apps in it, and process targets that run them. For tests only. */
export interface ProcessWorld {
  home: string
  /** Of the process target, in `home`. */
  root: string
  /** The environment of Sluice itself. */
  env: NodeJS.ProcessEnv
  open(): Target
  /** A release that is one Node script. */
  release(id: string, script: string, changes?: Partial<ReleaseSpec>): Promise<ReleaseSpec>
  instanceFolder(id: string): string
  remove(): Promise<void>
}

export async function makeProcessWorld(): Promise<ProcessWorld> {
  const home = await mkdtemp(join(tmpdir(), 'sluice-process-'))
  const root = join(home, 'process')
  const instances = join(root, ENVIRONMENT, 'instances')
  const env = { ...process.env }
  const targets: Target[] = []
  return {
    home,
    root,
    env,
    open() {
      const target = openProcessTarget({ root, env })
      targets.push(target)
      return target
    },
    async release(id, script, changes = {}) {
      const folder = join(home, 'releases', id)
      await mkdir(folder, { recursive: true })
      await writeFile(join(folder, 'app.cjs'), script)
      return { ...plainSpec(id, folder), command: [process.execPath, 'app.cjs'], ...changes }
    },
    instanceFolder: (id) => join(instances, id),
    async remove() {
      for (const target of targets) await target.close()
      const left = await readdir(instances).catch(() => [])
      await Promise.all(left.map((id) => endLeftover(join(instances, id))))
      await rm(home, { recursive: true, force: true })
    },
  }
}

async function endLeftover(folder: string): Promise<void> {
  const signal = new AbortController().signal
  const identity = await identityIn(folder, systemClock, signal)
  if (identity) await endGroup(identity, { graceMs: 0, clock: systemClock, signal })
}

/** Serves 200 to everything, on the port it was told. */
export const goodApp = `require('node:http').createServer((_, answer) => answer.end('ok')).listen(process.env.PORT, '127.0.0.1')\n`

/** Waits until the release is as wanted, woken by the target itself. */
export async function untilObserved(
  target: Target,
  release: string,
  isSo: (observation: ReleaseObservation) => boolean,
  withinMs = 20_000,
): Promise<ReleaseObservation> {
  for (const deadline = Date.now() + withinMs; Date.now() < deadline; ) {
    const { version, releases } = await target.observe(ENVIRONMENT)
    const found = releases[release]
    if (found && isSo(found)) return found
    await target.changed(ENVIRONMENT, version, 1_000)
  }
  const { releases } = await target.observe(ENVIRONMENT)
  throw new Error(`did not come to pass: ${JSON.stringify(releases[release], null, 1)}`)
}

/** Waits for something outside the target, which nothing announces. */
export async function until(isSo: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<void> {
  for (const deadline = Date.now() + withinMs; Date.now() < deadline; ) {
    if (await isSo()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`did not come to pass within ${withinMs} ms: ${isSo}`)
}

/** One process target in a world of its own, with what its tests say again and again. */
export class Lab {
  readonly world: ProcessWorld
  target: Target
  #effect = 0

  constructor(world: ProcessWorld) {
    this.world = world
    this.target = world.open()
  }

  scale(spec: ReleaseSpec, count: number): Promise<void> {
    return this.target.scale({ spec, count, fence: { token: 1, effect: ++this.#effect } })
  }

  /** One instance of r1, which is this script. */
  async start(script: string, changes: Partial<ReleaseSpec> = {}): Promise<ReleaseSpec> {
    const spec = await this.world.release('r1', script, changes)
    await this.scale(spec, 1)
    return spec
  }

  /** Waits for r1. */
  seen(isSo: (observation: ReleaseObservation) => boolean): Promise<ReleaseObservation> {
    return untilObserved(this.target, 'r1', isSo)
  }

  /** What the first start of r1 has printed. */
  stdout(instance = 'r1-0-1'): Promise<string> {
    return readFile(join(this.world.instanceFolder(instance), 'stdout.log'), 'utf8')
  }
}

/** A test in a lab of its own, so that many of them can wait at the same time. */
export function inLab(run: (lab: Lab) => Promise<void>): () => Promise<void> {
  return async () => {
    const world = await makeProcessWorld()
    try {
      await run(new Lab(world))
    } finally {
      await world.remove()
    }
  }
}

export const isReady = ({ instances }: ReleaseObservation) => instances[0]?.state === 'ready'
export const hasFact = ({ facts }: ReleaseObservation) => facts.length > 0
export const pidOf = ({ instances }: ReleaseObservation) => Number(instances[0]!.handle.replace('pid ', ''))
