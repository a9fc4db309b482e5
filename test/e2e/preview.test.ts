import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { engineWithNode, missing } from './docker-world.ts'
import { lost, openYard, quick } from './yard.ts'

const host = 'shop-preview-pr-12.localhost'

/** Shows its variables, and says again what it is told. */
const app = `
import { createServer } from 'node:http'
process.on('SIGTERM', () => process.exit(0))
createServer((request, answer) => {
  if (request.method === 'POST') request.pipe(answer)
  else answer.end(JSON.stringify(process.env))
}).listen(process.env.PORT)
`

it.for(['process', 'docker'])(
  'a preview on %s runs beside production, knows nothing that is production’s, and leaves nothing',
  async (target, { skip }) => {
    skip(target === 'docker' && missing !== null, missing ?? '')
    const engine = target === 'docker' ? await engineWithNode() : null
    const yard = await openYard(
      engine === null ? {} : { place: { target, router: 'embedded', engine: engine.host } },
    )
    try {
      await writeFile(join(yard.app, 'src/main.js'), app)
      await yard.configure(
        { strategy: quick['blue-green'], instances: 1, env: { SECRET: 'of production' } },
        { preview: { env: { GREETING: 'from the pull request' } } },
      )
      await yard.deploy()
      const load = yard.load({ requestsPerSecond: 200 })
      await yard.edit('a change')
      const deployed = await yard.sluice(['preview', 'deploy', '--name', 'pr-12'])
      expect(deployed).toMatchObject({ code: 0, out: expect.stringContaining(`http://${host}:`) })
      const shown = JSON.parse((await yard.get('/', { host })).text)
      expect(shown).toMatchObject({ GREETING: 'from the pull request', SLUICE_RELEASE: 'r2' })
      expect(shown).not.toHaveProperty('SECRET')
      expect(JSON.parse((await yard.get('/')).text)).toMatchObject({ SLUICE_RELEASE: 'r1' })

      const remove = ['preview', 'remove', '--app', 'shop', '--name', 'pr-12']
      expect(await yard.sluice(remove)).toMatchObject({ code: 0 })
      expect((await yard.get('/', { host })).status).toBe(404)
      expect((await yard.status()).environments.map(({ id }) => id)).toEqual(['shop/production'])
      expect(lost(await load.stop())).toEqual([])
      if (engine === null) return
      const label = 'label=sluice.environment=shop/preview-pr-12'
      expect((await engine.docker(['ps', '-aq', '--filter', label])).out).toBe('')
    } finally {
      await yard.close()
    }
  },
)
