import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { lost, openYard, until } from '../e2e/yard.ts'

const canMount = process.platform === 'linux' && process.getuid?.() === 0
if (!canMount) console.log('skipped: a full disk needs root on Linux, to mount a small one')

it.runIf(canMount)(
  'undoes a rollout on a full disk, serves on, and refuses a new deploy until there is room',
  async () => {
    const disk = mkdtempSync(join(tmpdir(), 'sl-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400m', 'tmpfs', disk])
    try {
      const yard = await openYard({ home: join(disk, 'home') })
      try {
        const strategy = { canary: { steps: ['20%'], analyze: { for: '1h' } } }
        await yard.configure({ strategy })
        await yard.deploy()
        const load = yard.load({ requestsPerSecond: 200 })
        await yard.edit('second')
        const id = await yard.begin()
        await until(async () => (await yard.status()).environments[0]?.weights.r2 === 2_000)

        const filler = join(disk, 'filler')
        fill(filler)
        expect((await yard.sluice(['abort'])).code).toBe(0)
        expect((await yard.follow(id)).rollout).toMatchObject({
          status: 'rolled-back',
          reason: { kind: 'person' },
        })
        fill(filler)
        await yard.edit('third')
        const refused = await yard.sluice(['deploy'])
        expect(refused.code).toBe(4)
        expect(refused.err).toMatch(/disk.* full|no space/i)
        expect((await yard.get('/')).release).toBe('r1')

        unlinkSync(filler)
        await yard.configure({ strategy: { 'blue-green': { bake: '0s' } } })
        expect((await yard.deploy()).rollout.status).toBe('succeeded')
        expect(lost(await load.stop())).toEqual([])
      } finally {
        await yard.close()
      }
    } finally {
      execFileSync('umount', ['-l', disk])
      rmSync(disk, { recursive: true, force: true })
    }
  },
)

// To the last byte: what is left when a large block no longer fits is filled with smaller ones.
function fill(path: string): void {
  const file = openSync(path, 'a')
  try {
    for (const size of [1 << 20, 1 << 12, 1]) {
      const block = Buffer.alloc(size, 1)
      try {
        for (;;) if (writeSync(file, block) < size) break
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      }
    }
  } finally {
    closeSync(file)
  }
}
