import { spawnSync } from 'node:child_process'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { lost, openYard } from './yard.ts'

const has = (command: string, ...args: string[]) => spawnSync(command, args).status === 0
const go = spawnSync('go', ['env', 'GOVERSION'])
const goMinor = Number(/go1\.(\d+)/.exec(String(go.stdout))?.[1] ?? 0)

const examples = [
  { name: 'node', missing: '' },
  { name: 'express', missing: '' },
  { name: 'static', missing: '' },
  { name: 'go', missing: goMinor >= 22 ? '' : 'Go 1.22 or newer' },
  {
    name: 'python-django',
    missing: has('python3', '-c', 'import ensurepip, venv') ? '' : 'python3 with venv',
  },
]

for (const { name, missing } of examples) {
  if (missing !== '') console.log(`skipped: examples/${name} needs ${missing}`)

  it.skipIf(missing !== '')(`deploys examples/${name} as it is, twice, under load`, async () => {
    const yard = await openYard({ example: name })
    try {
      const first = await yard.sluice(['deploy', '--env', 'production'])
      expect(first.code, first.err).toBe(0)
      const { environments } = await yard.status()
      const host = new URL(environments[0]!.url).hostname
      expect((await yard.get('/', { host })).status).toBe(200)

      const load = yard.load({ host, requestsPerSecond: 100, methods: ['GET'] })
      await cp(join(yard.app, 'README.md'), join(yard.app, 'README-2.md'))
      const second = await yard.sluice(['deploy', '--env', 'production', '--strategy', 'recreate'])
      expect(second.code, second.err).toBe(0)
      expect(lost(await load.stop())).toEqual([])
    } finally {
      await yard.close()
    }
  })
}
