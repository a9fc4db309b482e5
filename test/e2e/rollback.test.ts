import { readdirSync, readlinkSync } from 'node:fs'
import { expect, it } from 'vitest'
import { kill } from '../lab/remains.ts'
import { lost, openYard, quick, until } from './yard.ts'

it('goes back within keepWarm by a routing flip alone, without losing a request', async () => {
  const yard = await openYard()
  try {
    await yard.configure({ strategy: quick['blue-green'] })
    await yard.deploy()
    await yard.edit('second')
    await yard.deploy()
    const load = yard.load({ requestsPerSecond: 400 })
    const client = await yard.agent()
    const { rollout } = await client.post<{ rollout: { id: string } }>({
      path: '/v1/environments/shop/production/rollback',
      body: { by: 'a test' },
    })
    const back = await yard.follow(rollout.id)
    expect(lost(await load.stop())).toEqual([])
    expect(back.rollout).toMatchObject({ status: 'succeeded', from: 'r2', to: 'r1' })
    // Nothing was started: the plan begins with the switch.
    expect(back.facts.map((fact) => fact.title)).toEqual(['shift', 'verify', 'drain', 'retire', 'end'])
    const verified = back.facts.find((fact) => fact.title === 'verify')!
    console.log(
      `flip acknowledged and seen ${verified.at - back.rollout.startedAt} ms after the request reached the agent`,
    )
  } finally {
    await yard.close()
  }
})

it('retires a warm release when its time is over, and then starts it again for a rollback', async () => {
  const yard = await openYard()
  try {
    await yard.configure({ strategy: quick['blue-green'], after: { keepWarm: '1s' } })
    await yard.deploy()
    await yard.edit('second')
    await yard.deploy()
    await until(async () => (await yard.status()).environments[0]?.warm.length === 0)
    expect((await yard.status()).environments[0]?.releases.map(({ release }) => release)).toEqual(['r2'])
    const load = yard.load({ requestsPerSecond: 400 })
    expect((await yard.sluice(['rollback'])).code).toBe(0)
    expect(lost(await load.stop())).toEqual([])
    expect((await yard.get('/')).release).toBe('r1')
  } finally {
    await yard.close()
  }
})

it.runIf(process.platform === 'linux')(
  'starts everything again after a reboot, and serves what was stable',
  async () => {
    const yard = await openYard()
    try {
      await yard.configure({ strategy: quick['blue-green'] })
      await yard.deploy()
      const before = await yard.status()
      await killEverything(yard.home)
      await expect(yard.get('/')).rejects.toThrow()

      expect((await yard.sluice(['up'])).code).toBe(0)
      await until(async () => (await yard.get('/').catch(() => null))?.status === 200)
      const after = await yard.status()
      expect(after.environments[0]?.stable).toEqual(before.environments[0]?.stable)
    } finally {
      await yard.close()
    }
  },
)

// Agent, proxy and instances all work somewhere inside the home, and start each other again until the last one is gone.
async function killEverything(home: string): Promise<void> {
  await until(() => {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    const ours = pids.filter((pid) => folderOf(pid).startsWith(home))
    for (const pid of ours) kill(Number(pid))
    return ours.length === 0
  })
}

function folderOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ''
  }
}
