import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { LogLine } from '../../packages/sluice/src/targets/target.ts'
import { engineWithNode, missing } from './docker-world.ts'
import { lost, openYard, quick, until, type Yard } from './yard.ts'

let yard: Yard
afterEach(() => yard.close())

describe.skipIf(missing !== null)('an environment', () => {
  it('moves from processes to containers and back under load, and loses no request', async () => {
    const { host } = await engineWithNode()
    yard = await openYard({ place: { target: 'docker', router: 'embedded', engine: host } })
    const strategy = { canary: { steps: ['50%'], analyze: { for: '2s', onInconclusive: 'promote' } } }
    await yard.configure({ target: 'process', strategy })
    await yard.deploy()
    const load = yard.load({ requestsPerSecond: 200 })

    await yard.configure({ target: 'docker', strategy })
    const id = await yard.begin()
    await until(async () => {
      const handles = (await handlesOf()).map((handle) => handle.split(' ')[0])
      return handles.includes('pid') && handles.includes('container')
    })
    expect((await yard.follow(id)).rollout).toMatchObject({ status: 'succeeded', from: 'r1', to: 'r2' })
    expect((await yard.get('/')).release).toBe('r2')

    const back = await yard.sluice(['rollback'])
    expect(back.code, back.out + back.err).toBe(0)
    expect((await yard.get('/')).release).toBe('r1')

    await yard.configure({ target: 'process', strategy: quick['blue-green'] })
    await yard.edit('third')
    expect((await yard.deploy()).rollout).toMatchObject({ status: 'succeeded', to: 'r3' })
    expect(lost(await load.stop())).toEqual([])
    expect((await handlesOf()).every((handle) => handle.startsWith('pid'))).toBe(true)
  })

  it('shows what its containers print, in the order in which they did, also of one that was started again', async () => {
    const engine = await engineWithNode()
    yard = await openYard({ place: { target: 'docker', router: 'embedded', engine: engine.host } })
    const app = `const { createServer } = require('node:http')
      let count = 0
      process.on('SIGTERM', () => process.exit(0))
      createServer(({ url }, answer) => {
        if (url === '/say') for (let line = 0; line < 20; line++) (line % 2 ? console.error : console.log)('said ' + count++)
        answer.end('ok')
        if (url === '/long') console.log('x'.repeat(40_000) + ' end')
        if (url === '/die') { console.error('dying'); process.exit(1) }
      }).listen(process.env.PORT)`
    await writeFile(join(yard.app, 'app.cjs'), app)
    await writeFile(
      join(yard.app, 'Dockerfile'),
      'FROM node:24-slim\nCOPY app.cjs /app.cjs\nCMD ["node", "/app.cjs"]\n',
    )
    await writeFile(join(yard.app, '.dockerignore'), '')
    await yard.configure({ strategy: 'recreate', instances: 1 }, { health: { readiness: { path: '/' } } })
    await yard.deploy()

    await yard.get('/say')
    // The engine writes down what it reads in its own time.
    const read = async () => (await logs('-n', '30')).filter(({ line }) => line.startsWith('said'))
    await until(async () => (await read()).length >= 20)
    const lines = await read()
    // Which of two streams the engine reads first is nobody's order.
    expect(linesOf(lines, 'stdout')).toEqual(said(0, 2))
    expect(linesOf(lines, 'stderr')).toEqual(said(1, 2))
    expect(lines.every(({ at }) => Math.abs(Date.now() - at) < 60_000)).toBe(true)
    expect(lines.map(({ at }) => at)).toEqual(lines.map(({ at }) => at).sort((a, b) => a - b))

    const heard: LogLine[] = []
    const listening = new AbortController()
    const client = await yard.agent()
    const following = (async () => {
      const path = '/v1/environments/shop/production/logs'
      const query = { lines: 5, follow: 1 }
      for await (const line of client.stream<LogLine>({ path, query, signal: listening.signal }))
        heard.push(line)
    })().catch(() => {})
    await until(() => heard.length === 5)
    expect(heard).toMatchObject(lines.slice(-5).map(({ at, stream, line }) => ({ at, stream, line })))
    await yard.get('/long')
    await until(() => heard.some(({ line }) => line.endsWith(' end')))
    expect(heard.at(-1)!.line).toBe(`${'x'.repeat(40_000)} end`)
    await yard.get('/die')
    await until(async () => (await yard.get('/say')).status === 200)
    const again = (stream: LogLine['stream']) =>
      linesOf(
        heard.filter(({ instance }) => instance === 'r1-0-2'),
        stream,
      )
    await expect.poll(() => again('stdout').slice(0, 10), { timeout: 20_000 }).toEqual(said(0, 2))
    await expect.poll(() => again('stderr').slice(0, 10), { timeout: 20_000 }).toEqual(said(1, 2))
    await until(() => heard.some(({ line }) => line === 'dying'))
    const first = heard.slice(5).filter(({ instance }) => instance === 'r1-0-1')
    expect(first.map(({ line }) => line.slice(-5).trim())).toEqual(['x end', 'dying'])
    listening.abort()
    await following

    const both = (await logs('-n', '100')).map(({ instance, line }) => `${instance} ${line.slice(-7)}`)
    expect(both).toContain('r1-0-1 dying')
    expect(both.at(-1)).toMatch(/^r1-0-2 said \d+$/)
  })
})

async function handlesOf(): Promise<string[]> {
  const { environments } = await yard.status()
  return environments[0]!.releases.flatMap(({ instances }) => instances.map(({ handle }) => handle))
}

async function logs(...args: string[]): Promise<LogLine[]> {
  const { code, out, err } = await yard.sluice(['logs', '--json', ...args])
  expect(code, err).toBe(0)
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

function linesOf(lines: LogLine[], stream: LogLine['stream']): string[] {
  return lines.filter((line) => line.stream === stream).map(({ line }) => line)
}

/** Every second of twenty. */
function said(from: number, step: number): string[] {
  return Array.from({ length: 10 }, (_, at) => `said ${from + at * step}`)
}
