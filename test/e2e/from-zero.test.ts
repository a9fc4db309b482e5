import { expect, it } from 'vitest'
import { expectUp, newApp, newApps } from './new-apps.ts'
import { openYard } from './yard.ts'

for (const { missing, name, ...app } of newApps) {
  if (missing !== null) console.log(`skipped: a new app of ${name}: ${missing}`)

  it.skipIf(missing !== null)(
    `a new app of ${name} is up after sluice init --yes and sluice deploy`,
    async () => {
      const yard = await openYard()
      try {
        await newApp(yard, app)
        const written = await yard.sluice(['init', '--yes'])
        expect(written.code, written.out + written.err).toBe(0)
        await expectUp(yard, app)
        expect((await yard.sluice(['init', '--check'])).code).toBe(0)
      } finally {
        await yard.close()
      }
    },
  )
}
