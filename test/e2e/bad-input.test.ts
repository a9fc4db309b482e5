import { rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lost, openYard, quick, until, type Yard } from './yard.ts'

let yard: Yard
beforeEach(async () => {
  yard = await openYard()
  await yard.configure({ strategy: quick['blue-green'] })
})
afterEach(() => yard.close())

it('names file, line, column and the nearest key, and exits with 2', async () => {
  await writeFile(
    join(yard.app, 'sluice.yaml'),
    'app: shop\nrun: { command: node src/main.js }\nenvironments:\n  production:\n    replica: 3\n',
  )
  const { code, err } = await yard.sluice(['deploy'])
  expect(code).toBe(2)
  expect(err).toContain('sluice.yaml:5:5')
  expect(err).toContain('Did you mean "instances"?')
})

it('says what to write where there is no sluice.yaml', async () => {
  await rm(join(yard.app, 'sluice.yaml'))
  const { code, err } = await yard.sluice(['deploy'])
  expect(code).toBe(2)
  expect(err).toContain('no sluice.yaml was found')
  expect(err).toContain('command: node server.js')
})

it('lists the environments there are when an unknown one is named', async () => {
  const { code, err } = await yard.sluice(['deploy', '--env', 'prod'])
  expect(code).toBe(2)
  expect(err).toContain('no environment "prod" in sluice.yaml; known are: production')
})

it('names who has the port, and starts nothing', async () => {
  const holder = createServer()
  await new Promise<void>((resolve) => holder.listen(yard.port, '127.0.0.1', resolve))
  try {
    const { code, err } = await yard.sluice(['deploy'])
    expect(code).toBe(4)
    expect(err).toContain(`port ${yard.port} is taken`)
    if (process.platform === 'linux') expect(err).toContain(`pid ${process.pid}`)
  } finally {
    await new Promise((resolve) => holder.close(resolve))
  }
})

it('refuses a second deploy during a rollout with who started what, and takes it with --supersede', async () => {
  await yard.deploy()
  await yard.edit('second')
  await yard.configure({ strategy: { canary: { steps: ['10%'], analyze: { for: '1h' } } } })
  const first = await yard.begin({ by: 'ci@runner-3' })
  const refused = await yard.sluice(['deploy'])
  expect(refused.code).toBe(3)
  expect(refused.err).toMatch(/A rollout is under way: r2 by canary at \d+ %/)
  expect(refused.err).toContain('sluice deploy --supersede')

  const load = yard.load({ requestsPerSecond: 200 })
  const taken = await yard.sluice(['deploy', '--supersede', '--strategy', 'blue-green', '--no-wait'])
  expect(taken.code).toBe(0)
  expect((await yard.follow(first)).rollout).toMatchObject({
    status: 'rolled-back',
    reason: { kind: 'superseded' },
  })
  await until(async () => (await yard.get('/')).release === 'r3')
  expect(lost(await load.stop())).toEqual([])
})

it('refuses a rollback where there is nothing to go back to, and to a release that is not there', async () => {
  await yard.deploy()
  const nothing = await yard.sluice(['rollback'])
  expect(nothing.code).toBe(3)
  expect(nothing.err).toContain('there is no release of shop/production to roll back to')
  const unknown = await yard.sluice(['rollback', 'r9'])
  expect(unknown.code).toBe(2)
  expect(unknown.err).toContain('r9 was never deployed to shop/production; known are: r1')
  expect((await yard.get('/')).release).toBe('r1')
})

it('refuses a state folder that a newer version wrote, and goes on serving', async () => {
  await yard.deploy()
  const client = await yard.agent()
  await client.post({ path: '/v1/handover', body: {} })
  await until(async () => (await client.hello()) === null)
  // An agent that answers no more still writes its last page back for a moment.
  const db = new DatabaseSync(join(yard.home, 'sluice.db'), { timeout: 10_000 })
  const { value } = db.prepare("SELECT value FROM meta WHERE key = 'schema'").get() as { value: string }
  db.exec("UPDATE meta SET value = '99' WHERE key = 'schema'")
  try {
    const { code, err } = await yard.sluice(['deploy'])
    expect(err).toContain('was written by a newer Sluice')
    expect(code).toBe(3)
    expect(await yard.get('/')).toMatchObject({ status: 200, release: 'r1' })
  } finally {
    db.prepare("UPDATE meta SET value = ? WHERE key = 'schema'").run(value)
    db.close()
  }
})

it('leaves nothing of a release whose build fails, and says what it printed', async () => {
  await yard.deploy()
  await yard.configure(
    { strategy: quick['blue-green'] },
    { build: { command: 'echo no such module; exit 3' } },
  )
  const { code, err } = await yard.sluice(['deploy'])
  expect(code).toBe(4)
  expect(err).toContain('exited with code 3')
  expect(err).toContain('no such module')
  expect((await yard.get('/')).release).toBe('r1')
})

it('checks the variables before anything is built or started', async () => {
  await yard.configure(
    { strategy: quick['blue-green'] },
    {
      env: { schema: './env.schema.yaml', NODE_ENV: 'production' },
      build: { command: 'touch /tmp/must-not-run-$$' },
    },
  )
  const { code, err } = await yard.sluice(['deploy'])
  expect(code).toBe(2)
  expect(err).toContain('GREETING')
})
