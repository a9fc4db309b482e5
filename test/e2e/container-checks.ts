import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import type { Engine } from '../lab/engine.ts'
import { until } from './yard.ts'

/** That the newest container of an engine runs as nobody in particular, says that it is well, and ends when it is asked to. */
export async function expectGoodContainer(engine: Engine): Promise<void> {
  const [id] = (await engine.docker(['ps', '-q', '--filter', 'label=sluice.home'])).out.split('\n')
  const inspect = async () => (await engine.ask(`/containers/${id}/json`)).body
  const { Config, State } = await inspect()
  expect(Config.User).toBe('10001:10001')
  const status = await readFile(`/proc/${State.Pid}/status`, 'utf8')
  expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).toBe('10001')
  await until(async () => (await inspect()).State.Health.Status === 'healthy', 90_000)

  const left = (await engine.docker(['stop', '--time', '9', id!], { limitMs: 60_000 })).code
  expect(left).toBe(0)
  expect((await inspect()).State).toMatchObject({ ExitCode: 0, OOMKilled: false })
}
