import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { isAlive, lost, openYard, quick, until, type Yard } from '../e2e/yard.ts'

const connections = 16

it('loses nothing when the supervisor of the proxy is killed, and goes on deploying', async () => {
  const yard = await openYard()
  try {
    await yard.configure({ strategy: quick.canary })
    await yard.deploy()
    const load = yard.load({ connections })
    for (let round = 1; round <= 3; round += 1) {
      const supervisor = pidIn(join(yard.home, 'proxy', 'supervisor.pid'))
      process.kill(supervisor, 'SIGKILL')
      await until(() => !isAlive(supervisor))
      await yard.edit(`round ${round}`)
      expect((await yard.deploy()).rollout.status).toBe('succeeded')
    }
    const report = await load.stop()
    expect(lost(report)).toEqual([])
    expect(report.staleRetries).toBe(0)
    console.log(`3 supervisors killed under ${report.answered} requests: 0 lost`)
  } finally {
    await yard.close()
  }
})

it('loses at most the requests in flight in a worker that is killed, and has another one soon', async () => {
  const yard = await openYard()
  try {
    await yard.configure({ strategy: quick.canary })
    await yard.deploy()
    const load = yard.load({ connections })
    const killed = 3
    for (let round = 1; round <= killed; round += 1) {
      const worker = workers(yard).find(isAlive)
      process.kill(worker!, 'SIGKILL')
      await until(() => workers(yard).filter(isAlive).length >= 2 && !isAlive(worker!))
      await yard.edit(`round ${round}`)
      expect((await yard.deploy()).rollout.status).toBe('succeeded')
    }
    const report = await load.stop()
    const wrongs = report.failedCount + report.staleRetries
    console.log(
      `${killed} workers killed under ${report.answered} requests: ${wrongs} cut on ${connections} connections`,
    )
    expect(wrongs).toBeLessThanOrEqual(killed * connections)
    expect(lost(report).filter((wrong) => !/reset|truncated/.test(wrong))).toEqual([])
  } finally {
    await yard.close()
  }
})

function pidIn(file: string): number {
  const known = JSON.parse(readFileSync(file, 'utf8')) as { pid?: number; identity?: { pid: number } }
  return known.pid ?? known.identity!.pid
}

function workers(yard: Yard): number[] {
  const folder = join(yard.home, 'proxy', 'workers')
  return readdirSync(folder)
    .filter((name) => /^[0-9a-z]+\.json$/.test(name))
    .flatMap((name) => {
      try {
        return [pidIn(join(folder, name))]
      } catch (error) {
        // The worker has gone since the folder was read.
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
        throw error
      }
    })
}
