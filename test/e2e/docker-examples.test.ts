import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Engine } from '../lab/engine.ts'
import { goImage, pythonImage, whyNoGo, whyNoPython } from '../lab/images.ts'
import { expectGoodContainer } from './container-checks.ts'
import { engineWithNode, missing } from './docker-world.ts'
import { expectUp, newApp, newApps } from './new-apps.ts'
import { openYard } from './yard.ts'

const none = async (): Promise<string> => ''
const examples: { name: string; missing: string | null; base(engine: Engine): Promise<string> }[] = [
  { name: 'node', missing: null, base: none },
  { name: 'static', missing: null, base: none },
  { name: 'go', missing: await whyNoGo(), base: goImage },
  { name: 'python-django', missing: whyNoPython(), base: pythonImage },
]

for (const { name, base, ...example } of examples) {
  const lacking = missing ?? example.missing
  if (lacking !== null) console.log(`skipped: examples/${name} on docker: ${lacking}`)

  it.skipIf(lacking !== null)(
    `examples/${name} runs from its Dockerfile, as nobody in particular`,
    async () => {
      const engine = await engineWithNode()
      await base(engine)
      const yard = await openYard({
        example: name,
        place: { target: 'docker', router: 'embedded', engine: engine.host },
      })
      try {
        const file = join(yard.app, 'sluice.yaml')
        const config = await readFile(file, 'utf8')
        await writeFile(
          file,
          config.replaceAll('target: process', 'target: docker').replaceAll('instances: 2', 'instances: 1'),
        )
        const { code, out, err } = await yard.sluice(['deploy', '--env', 'production'])
        expect(code, out + err).toBe(0)
        const { environments } = await yard.status()
        const host = new URL(environments[0]!.url).hostname
        expect((await yard.get('/', { host })).status).toBe(200)

        await expectGoodContainer(engine)
      } finally {
        await yard.close()
      }
    },
  )
}

// In this file, so that what one build compiles is there for the next.
for (const { missing: lacking, name, bases, ...app } of newApps.filter((one) => one.isOnlyProcess !== true)) {
  const why = missing ?? lacking
  if (why !== null) console.log(`skipped: a new app of ${name} on docker: ${why}`)

  it.skipIf(why !== null)(
    `a new app of ${name} builds and runs by what sluice init writes, as nobody in particular`,
    async () => {
      const engine = await engineWithNode()
      await bases(engine)
      const yard = await openYard({ place: { target: 'docker', router: 'embedded', engine: engine.host } })
      try {
        await newApp(yard, app)
        const written = await yard.sluice(['init', '--yes', '--target', 'docker'])
        expect(written.code, written.out + written.err).toBe(0)
        await expectUp(yard, app)
        await expectGoodContainer(engine)
      } finally {
        await yard.close()
      }
    },
  )
}
