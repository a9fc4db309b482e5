import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Engine } from '../../test/lab/engine.ts'
import { nodeImage } from '../../test/lab/images.ts'

/** Images of the example app that differ in nothing but the version that they tell: by turns one and the other is deployed. */
export type ShopImages = Record<ShopVersion, string>
export type ShopVersion = 'v1' | 'v2'

/** Where the app listens in its container. */
export const APP_PORT = 3000

const example = fileURLToPath(new URL('../../examples/node', import.meta.url))

/** Builds both from the example's Dockerfile and puts them into a registry: what has a digest is asked for nowhere else. */
export async function shopImages(engine: Engine, registry: string): Promise<ShopImages> {
  await nodeImage(engine)
  await done(engine, ['build', '--tag', 'shop', example])
  return { v1: await pushed(engine, registry, 'v1'), v2: await pushed(engine, registry, 'v2') }
}

export function otherThan(version: ShopVersion): ShopVersion {
  return version === 'v1' ? 'v2' : 'v1'
}

/** Runs a command of Docker that has to succeed. */
export async function done(on: Pick<Engine, 'docker'>, args: string[], limitMs = 180_000): Promise<string> {
  const { code, out, err } = await on.docker(args, { limitMs })
  if (code !== 0) throw new Error(`docker ${args.join(' ')} ended with ${code}: ${err}${out}`)
  return out.trim()
}

async function pushed(engine: Engine, registry: string, version: ShopVersion): Promise<string> {
  const tag = `${registry}/shop:${version}`
  const folder = await mkdtemp(join(tmpdir(), 'shop-'))
  try {
    await writeFile(join(folder, 'Dockerfile'), `FROM shop\nENV SLUICE_RELEASE=${version}\n`)
    await done(engine, ['build', '--tag', tag, folder])
  } finally {
    await rm(folder, { recursive: true })
  }
  await done(engine, ['push', '--quiet', tag])
  return done(engine, ['image', 'inspect', '--format', '{{index .RepoDigests 0}}', tag])
}
