import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDockerTarget } from '../../packages/sluice/src/targets/docker/docker.ts'
import { openEngine } from '../../packages/sluice/src/targets/docker/engine.ts'
import { targetSuite } from '../../packages/sluice/src/targets/target.suite.ts'
import type { ReleaseSpec } from '../../packages/sluice/src/targets/target.ts'

const ENVIRONMENT = 'shop/production'
const engine = openEngine({ DOCKER_HOST: process.env.SLUICE_TEST_ENGINE ?? '' })
const serve = `require('node:http').createServer((_, answer) => answer.end('ok')).listen(process.env.PORT)`
const good = `process.on('SIGTERM', () => process.exit(0));${serve}`

targetSuite('docker', async () => {
  const root = await mkdtemp(join(tmpdir(), 'sluice-docker-'))
  const image = (await engine.image('node:24-slim'))!.id
  const spec = (release: string, script: string, more: Partial<ReleaseSpec> = {}): ReleaseSpec => ({
    release,
    target: 'docker',
    app: 'shop',
    environment: ENVIRONMENT,
    folder: root,
    command: [],
    env: {},
    startup: { path: '/readyz', periodMs: 1_000, timeoutMs: 1_000, failures: 20 },
    readiness: { path: '/readyz', periodMs: 50, timeoutMs: 1_000, failures: 2 },
    liveness: { path: '/livez', periodMs: 1_000, timeoutMs: 1_000, failures: 3 },
    graceMs: 2_000,
    data: [],
    container: {
      image,
      command: ['node', '-e', script],
      ...{ user: null, memoryBytes: null, cpus: null, pids: null, readOnly: false, tmpfs: [], volumes: [] },
      ...{
        networks: [],
        secrets: 'env',
        log: { maxBytes: 1_000_000, files: 2 },
        reach: null,
        constraints: [],
      },
    },
    ...more,
  })
  return {
    environment: ENVIRONMENT,
    open: async () => openDockerTarget({ root, engine }),
    async remove() {
      const left = await engine.containers({ 'sluice.environment': ENVIRONMENT })
      await Promise.all(left.map(({ id }) => engine.remove(id)))
      await rm(root, { recursive: true, force: true })
    },
    async spec(release, behaviour) {
      switch (behaviour) {
        case 'good':
          return spec(release, good)
        case 'slow':
          return spec(release, `process.on('SIGTERM', () => process.exit(0));setInterval(() => {}, 1_000)`)
        case 'stubborn':
          return spec(release, `process.on('SIGTERM', () => {});${serve}`, { graceMs: 400 })
        case 'refused': {
          const { container, ...rest } = spec(release, good)
          return { ...rest, container: { ...container!, image: `sha256:${'0'.repeat(64)}` } }
        }
      }
    },
  }
})
