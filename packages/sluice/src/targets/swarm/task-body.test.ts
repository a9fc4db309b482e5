import { expect, test } from 'vitest'
import type { Clock } from '../fleet/clock.ts'
import type { Swarm } from './swarm-api.ts'
import { TaskBody } from './task-body.ts'
import type { NodeFacts, TaskFacts } from './task-facts.ts'
import { TaskWatch } from './task-watch.ts'

const RUNS: TaskFacts = {
  ...{
    id: 't1',
    service: 's1',
    createdAt: 1,
    state: 'running',
    isOver: false,
    hasFailed: false,
    isWanted: true,
  },
  ...{
    node: 'n1',
    container: 'c1',
    pid: 0,
    exitCode: 0,
    said: 'started',
    publishedPort: 32_768,
    addresses: {},
  },
}
const node = (id: string, facts: Partial<NodeFacts> = {}): NodeFacts => ({
  ...{ id, name: `node-${id.slice(1)}`, address: `10.0.0.${id.slice(1)}`, isDown: false, isDrained: false },
  ...facts,
})

/** Time that passes as soon as nothing else is to be done. */
function hurriedClock(): Clock {
  const timers = new Set<{ at: number; run: () => void }>()
  let now = 0
  function pass(): void {
    const [next] = [...timers].sort((a, b) => a.at - b.at)
    if (next === undefined) return
    timers.delete(next)
    now = next.at
    next.run()
  }
  return {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run }
      timers.add(timer)
      setImmediate(pass)
      return () => void timers.delete(timer)
    },
  }
}

/** A swarm with one service, of which a test says how it is. */
function makeWorld(tasks: TaskFacts[] = [RUNS]) {
  const state = { tasks, nodes: [node('n1'), node('n2')], isThere: true, replicas: 1, isAway: false }
  const swarm = {
    async tasks() {
      if (state.isAway) throw new Error('away')
      return state.tasks
    },
    nodes: async () => state.nodes,
    service: async () =>
      state.isThere ? { id: 's1', name: 'shop', labels: {}, replicas: state.replicas } : null,
    async changeService() {
      if (state.isAway) throw new Error('away')
      state.replicas = 0
      return true
    },
    async removeService() {
      state.isThere = false
    },
  } as unknown as Swarm
  const closed = new AbortController()
  const clock = hurriedClock()
  const around = { clock, closed: closed.signal }
  const watch = new TaskWatch(swarm, 'home', around)
  const heard: string[] = []
  const followed: string[] = []
  const parts = {
    service: { id: 's1', name: 'shop', labels: { 'sluice.port': '3000' } },
    network: null,
    onTask: (task: string) => void followed.push(task),
    onEnd: () => async () => {},
    onGone: async () => {},
  }
  const body = new TaskBody(parts, { swarm, watch, engineOn: async () => null, ...around }, null)
  body.follow({ changed: () => void heard.push('changed'), moved: (why) => void heard.push(why) })
  return {
    ...{ state, body, heard, followed, look: () => watch.look(), close: () => closed.abort() },
    pass: (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve)),
  }
}

test('is reached at the node of its task', async () => {
  const { body, look, followed, close } = makeWorld()
  expect(body.address).toBe(null)
  await look()
  expect(body).toMatchObject({ address: { host: '10.0.0.1', port: 32_768 }, appPort: 3000, missing: null })
  expect(body.handle).toBe('service shop, task t1 on node-1')
  expect(followed).toEqual(['t1'])
  close()
})

test.each([
  ['is drained', { isDrained: true }, 'node-1 was drained'],
  ['is down', { isDown: true }, 'node-1 is down'],
])('moves when its node %s', async (_, facts, why) => {
  const { state, body, look, heard, followed, close } = makeWorld()
  await look()
  heard.length = 0
  state.nodes = [node('n1', facts), node('n2')]
  state.tasks = [
    { ...RUNS, isWanted: false },
    { ...RUNS, id: 't2', createdAt: 2, node: null, state: 'pending' },
  ]
  await look()
  expect(body.address).toBe(null)
  expect(heard).toEqual([why, 'changed'])
  state.tasks = [{ ...RUNS, id: 't2', createdAt: 2, node: 'n2' }]
  await look()
  expect(body.address).toEqual({ host: '10.0.0.2', port: 32_768 })
  expect(followed).toEqual(['t1', 't2'])
  close()
})

test('has no address from the moment on that its task is to end', async () => {
  const { state, body, look, close } = makeWorld()
  await look()
  state.tasks = [{ ...RUNS, isWanted: false }]
  await look()
  expect(body.address).toBe(null)
  close()
})

test('has ended when its task has, though Swarm starts another one', async () => {
  const { state, body, look, heard, close } = makeWorld()
  await look()
  heard.length = 0
  const failed = { ...RUNS, state: 'failed', isOver: true, hasFailed: true, isWanted: false, exitCode: 3 }
  state.tasks = [
    { ...failed, said: 'task: non-zero exit (3)' },
    { ...RUNS, id: 't2', createdAt: 2 },
  ]
  await look()
  expect(await body.exited).toEqual({ code: 3, signal: null, said: 'task: non-zero exit (3) on node-1' })
  expect(body.address).toBe(null)
  expect(heard).toEqual(['changed'])
  close()
})

test('was removed by something else when its service is not there', async () => {
  const { state, body, look, close } = makeWorld()
  await look()
  Object.assign(state, { tasks: [], isThere: false })
  await look()
  expect(await body.exited).toMatchObject({ isRemoved: true })
  close()
})

test('is missing, and says why, while Swarm finds no place for it', async () => {
  const pending = { ...RUNS, state: 'pending', node: null, said: 'no suitable node' }
  const { body, look, close } = makeWorld([pending])
  await look()
  expect(body.missing).toBe('Swarm has not placed it: pending, no suitable node')
  const answer = await body.ask({ path: '/', periodMs: 1, timeoutMs: 1, failures: 1 })
  expect(answer).toEqual({ isOk: false, found: 'Swarm has not placed it: pending, no suitable node' })
  close()
})

test('has not gone before its task has', async () => {
  const { state, body, look, close } = makeWorld()
  await look()
  let isGone = false
  const ending = body.end(100).then(() => {
    isGone = true
  })
  state.tasks = [{ ...RUNS, isWanted: false }]
  await look()
  await look()
  expect(isGone).toBe(false)
  expect(state.isThere).toBe(true)
  state.tasks = []
  await ending
  expect(state).toMatchObject({ isThere: false, replicas: 0 })
  close()
})

test('removes a service whose end Swarm has not heard', async () => {
  const { state, body, look, close, pass } = makeWorld()
  await look()
  const ending = body.end(100)
  while (state.isThere) await pass(100)
  state.tasks = []
  await ending
  close()
})

test('removes its service only when Swarm has cleared its last task away', async () => {
  const { state, body, look, close, pass } = makeWorld()
  await look()
  const ending = body.end(100)
  state.tasks = [{ ...RUNS, isWanted: false, isOver: true, state: 'shutdown' }]
  await pass(600)
  expect(state).toMatchObject({ isThere: true, replicas: 0 })
  state.tasks = []
  await ending
  expect(state.isThere).toBe(false)
  close()
})

test('does not wait for what Swarm keeps for its history', async () => {
  const { state, body, look, close } = makeWorld()
  await look()
  state.tasks = [{ ...RUNS, isWanted: false, isOver: true, state: 'failed' }]
  await body.end(100)
  expect(state.isThere).toBe(false)
  close()
})

test('is ended when Swarm can be asked again', async () => {
  const { state, body, look, close, pass } = makeWorld()
  await look()
  state.isAway = true
  await expect(body.end(100)).rejects.toThrow('away')
  Object.assign(state, { isAway: false, tasks: [] })
  while (state.isThere) await pass(100)
  expect(state.replicas).toBe(0)
  close()
})
