import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EnvironmentStatus } from '../../server/contract.ts'
import { beginning, fact, news, production, staging, status, succeeded } from '../answers.fixture.ts'
import { type FakeAgent, fakeAgent, type Routes } from '../fake-agent.fixture.ts'
import { keptIo } from '../io.fixture.ts'
import { runProgram } from '../program.ts'

const preview: EnvironmentStatus = {
  ...staging,
  id: 'shop/preview-pr-12',
  name: 'preview-pr-12',
  url: 'http://shop-preview-pr-12.localhost:8080/',
  stableSince: 0,
  warm: [],
  removedAt: 3_600_000,
}
const remove = 'POST /v1/environments/shop/preview-pr-12/remove'

let agent: FakeAgent | null
let folder: string

beforeEach(async () => {
  process.env.TZ = 'UTC'
  agent = null
  folder = await mkdtemp(join(tmpdir(), 'sluice-preview-'))
  await writeFile(join(folder, 'sluice.yaml'), 'app: shop\nrun: { command: node server.js }\n')
})

afterEach(async () => {
  await agent?.close()
  await rm(folder, { recursive: true, force: true })
})

async function run(words: string[], routes: Routes) {
  agent = await fakeAgent(routes)
  const io = keptIo({ home: agent.home })
  return { code: await runProgram(['preview', ...words], io), io, asked: agent.asked }
}

const known = (...environments: EnvironmentStatus[]): Routes => ({
  'GET /v1/status': { json: status(...environments) },
})

describe('preview deploy', () => {
  it('deploys the folder to an environment of that name, over what is under way there', async () => {
    const end = news(1, [fact(800, 'done', 'end', 'r8 is live after 0.8 s')], succeeded)
    const { code, io, asked } = await run(['deploy', folder, '--name', 'Feature/Log-in', '--by', 'ann'], {
      'POST /v1/deploy': { lines: beginning },
      'GET /v1/rollouts/2f9c/news': { lines: [end] },
    })
    expect(code).toBe(0)
    expect(asked[0]?.body).toEqual({
      folder,
      environment: 'preview-feature-log-in',
      supersede: true,
      by: 'ann',
    })
    expect(io.printed()).toContain('r8 is live')
  })
})

describe('preview list', () => {
  it('shows previews alone, with when they go', async () => {
    const { code, io } = await run(['list', folder], known(production, preview, staging))
    expect(code).toBe(0)
    const [head, row, ...others] = io.printed().trimEnd().split('\n')
    expect(head).toMatch(/^ +preview +release +since +removed +address$/)
    expect(row).toMatch(/^✓ +pr-12 +r8 +\S.* 01:00 +http:\/\/shop-preview-pr-12\.localhost:8080\/$/)
    expect(others).toEqual([])
  })

  it('gives a program each as a line, and one alone where it is named', async () => {
    const other = { ...preview, id: 'shop/preview-b', name: 'preview-b' }
    const { io } = await run(['list', folder, '--json', '--name', 'b'], known(preview, other))
    const lines = io
      .printed()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toMatchObject([{ kind: 'preview', preview: 'b', id: 'shop/preview-b' }])
  })
})

describe('preview remove', () => {
  it('removes the one of that name', async () => {
    const { code, io, asked } = await run(['remove', '--app', 'shop', '--name', 'pr-12'], {
      ...known(production, preview),
      [remove]: { json: { rollout: null } },
    })
    expect(code).toBe(0)
    expect(asked.map(({ what }) => what)).toContain(remove)
    expect(io.printed()).toContain('shop/preview-pr-12 is removed')
  })

  it('is content where there is none, and never takes another environment for one', async () => {
    const { code, io, asked } = await run(['remove', '--name', 'production'], known(production, preview))
    expect(code).toBe(0)
    expect(asked.map(({ what }) => what)).toEqual(['GET /v1/status'])
    expect(io.printed()).toContain('There is no preview production: nothing to remove.')
  })

  it('asks which app is meant where several have one of that name', async () => {
    const other = { ...preview, app: 'api', id: 'api/preview-pr-12' }
    const { code, io } = await run(['remove', '--name', 'pr-12'], known(preview, other))
    expect(code).toBe(2)
    expect(io.complained()).toContain('several apps have a preview pr-12: shop, api')
  })
})

it('another word is answered with those it knows', async () => {
  const { code, io } = await run(['delete'], {})
  expect(code).toBe(2)
  expect(io.complained()).toContain('sluice preview knows deploy, list and remove; found "delete"')
})
