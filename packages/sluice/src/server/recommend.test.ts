import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Capabilities } from '../core/capabilities.ts'
import { temporaryFolder } from '../runtime/world.fixture.ts'
import { type Intent, readIntent } from './intent.ts'
import { recommend } from './recommend.ts'

const can: Capabilities = {
  ...{
    traffic: 'weighted',
    parallelReleases: true,
    preview: true,
    sticky: true,
    inFlight: true,
    counts: true,
  },
  ...{ ownPorts: false, runsImages: false, hold: true, drill: true },
}
const quiet = { can, requestsPerSecond: 0, hasStable: true, bytesPerInstance: 1 }

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let intent: Intent
let fixedPort: Intent

beforeEach(async () => {
  folder = await temporaryFolder()
  const write = (run: string, instances: number) =>
    writeFile(
      join(folder.path, 'sluice.yaml'),
      `app: shop\nrun: ${run}\nenvironments:\n  production: { target: process, instances: ${instances} }\n`,
    )
  await write('{ command: node server.js }', 2)
  intent = await readIntent(folder.path, { environment: 'production' })
  await write('{ command: node server.js, port: 3000 }', 1)
  fixedPort = await readIntent(folder.path, { environment: 'production' })
})
afterEach(() => folder[Symbol.asyncDispose]())

test('recreate where two releases cannot run at once, however much traffic there is', () => {
  const busy = { ...quiet, requestsPerSecond: 1_000 }
  expect(recommend(fixedPort, busy).strategy).toBe('recreate')
  expect(recommend(intent, { ...busy, can: { ...can, parallelReleases: false } }).strategy).toBe('recreate')
})

test('canary from as many requests as show a doubling of errors within the hour', () => {
  const at = (requestsPerSecond: number) => recommend(intent, { ...quiet, requestsPerSecond }).strategy
  expect([at(8), at(9)]).toEqual(['blue-green', 'canary'])
  expect(recommend(intent, { ...quiet, requestsPerSecond: 50 }).why).toContain('50 requests/s')
})

test('no canary for a first release, nor where traffic cannot be weighted', () => {
  const busy = { ...quiet, requestsPerSecond: 1_000 }
  expect(recommend(intent, { ...busy, hasStable: false }).strategy).toBe('blue-green')
  expect(recommend(intent, { ...busy, can: { ...can, traffic: 'replace' } }).strategy).not.toBe('canary')
})

test('blue-green where twice the instances fit into memory, else rolling', () => {
  expect(recommend(intent, quiet).strategy).toBe('blue-green')
  expect(recommend(intent, { ...quiet, bytesPerInstance: 2 ** 50 }).strategy).toBe('rolling')
})
