import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { goServer } from '../../checks/look.fixture.ts'
import { keptIo } from '../io.fixture.ts'
import { runProgram } from '../program.ts'

const servers = {
  'go.mod': 'module example.com/shop\n\ngo 1.26\n',
  'cmd/api/main.go': goServer('example.com/shop/internal/store'),
  'cmd/worker/main.go': goServer(),
  'internal/store/store.go': 'package store\n\nimport "os"\n\nvar URL = os.Getenv("STORE_URL")\n',
}

/** A repository, and what is said in it. */
function repository(files: Record<string, string>) {
  const root = mkdtempSync(join(tmpdir(), 'sluice-fixed-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const [path, text] of Object.entries({ '.git/HEAD': 'ref: refs/heads/main\n', ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return {
    root,
    read: (path: string) => readFileSync(join(root, path), 'utf8'),
    async sluice(...words: string[]) {
      const io = keptIo({ home: join(root, 'home'), cwd: root, env: { PATH: process.env.PATH } })
      const code = await runProgram(words, io)
      return { code, out: io.printed(), err: io.complained() }
    },
  }
}

it('writes for an app that is built of more than its folder what is written where all of it begins', async () => {
  const { root, read, sluice } = repository(servers)
  await sluice('init', '--yes', '--target', 'docker')
  const files = ['Dockerfile', 'env.schema.yaml', '.env.example'].map((name) => `cmd/api/${name}`)
  const written = files.map(read)
  for (const path of files) rmSync(join(root, path))
  rmSync(join(root, 'cmd/worker/Dockerfile'))
  const { err } = await sluice('check', 'cmd/api', '--only', 'INF-01,INF-02', '--fix')
  expect(err).toContain('cmd/api/Dockerfile written')
  expect(files.map(read)).toEqual(written)
  expect(read('cmd/api/env.schema.yaml')).toContain('STORE_URL')
  expect(existsSync(join(root, 'cmd/worker/Dockerfile'))).toBe(false)
})

it('writes nothing for one whose other parts cannot be seen', async () => {
  const { root, sluice } = repository(servers)
  await sluice('init', '--yes', '--target', 'docker')
  rmSync(join(root, 'cmd/api/Dockerfile'))
  rmSync(join(root, '.git'), { recursive: true })
  const { err } = await sluice('check', 'cmd/api', '--only', 'INF-01', '--fix')
  expect(err).toContain('it is built from ../.., and files for that are written there: sluice init')
  expect(existsSync(join(root, 'cmd/api/Dockerfile'))).toBe(false)
})

it('knows by sluice env check what a server reads through packages outside of its folder', async () => {
  const { root, sluice } = repository(servers)
  await sluice('init', '--yes')
  expect(await sluice('env', 'check', 'cmd/api')).toMatchObject({
    code: 0,
    out: expect.stringContaining('know the same variables'),
  })
  writeFileSync(
    join(root, 'internal/store/more.go'),
    servers['internal/store/store.go'].replace('STORE', 'MORE'),
  )
  const { code, out } = await sluice('env', 'check', 'cmd/api')
  expect(code).not.toBe(0)
  expect(out).toContain('MORE_URL is read in ../../internal/store/more.go:5, and not declared')
})
