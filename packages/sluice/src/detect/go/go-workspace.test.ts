import { describe, expect, it } from 'vitest'
import type { GoFacts, Project } from '../facts.ts'
import { detected } from '../folder.fixture.ts'

/** A program that listens, and imports these packages. */
function server(port: number, ...imports: string[]): string {
  const lines = ['net/http', ...imports].map((path) => `\t"${path}"\n`).join('')
  return `package main\n\nimport (\n${lines})\n\nfunc main() {\n\thttp.ListenAndServe(":${port}", nil)\n}\n`
}

function goMod(name: string, more = ''): string {
  return `module example.com/shop/${name}\n\ngo 1.26\n${more}`
}

const takesWords = '\nrequire example.com/shop/words v0.0.0\n\nreplace example.com/shop/words => ../words\n'
const words = { 'words/go.mod': goMod('words'), 'words/words.go': 'package words\n' }

function appIn({ apps }: Project, folder: string): GoFacts {
  const app = apps.find((one) => one.folder === folder)
  if (app?.stack !== 'go') throw new Error(`no app of Go in ${folder}: ${JSON.stringify(apps)}`)
  return app
}

describe('a module of a go.work', () => {
  const files = {
    'go.work': 'go 1.27\n\nuse ./api // what people see\n\nuse (\n\t"./worker"\n\t./words/\n)\n',
    'go.work.sum': 'x',
    'api/go.mod': goMod('api'),
    'api/go.sum': 'x',
    'api/main.go': server(8081, 'example.com/shop/words'),
    'worker/go.mod': goMod('worker'),
    'worker/main.go': server(8082),
    ...words,
  }

  it('is built with all of them, from the folder of the go.work', async () => {
    const project = await detected(files)
    expect(project.apps.map(({ folder }) => folder)).toEqual(['api', 'worker'])
    expect(appIn(project, 'api')).toMatchObject({
      workspaceRoot: '.',
      package: { value: '.' },
      version: { value: '1.27', from: { file: 'go.work', line: 1 } },
      lockfiles: ['../go.work.sum', 'go.sum'],
      hasGoSum: true,
      ignoresGoWork: false,
      workspace: {
        goWork: { folder: '.', hasSum: true },
        modules: [
          { folder: 'api', hasGoSum: true },
          { folder: 'words', hasGoSum: false },
          { folder: 'worker', hasGoSum: false },
        ],
      },
    })
    expect(project.notes).toContain('not taken for apps, as nothing starts them: words')
  })

  it('may be the one beside the go.work itself', async () => {
    const project = await detected({
      'go.work': 'go 1.26\n\nuse .\nuse ./words\n',
      'go.mod': goMod('shop'),
      'main.go': server(8081),
      ...words,
    })
    expect(appIn(project, '.')).toMatchObject({
      workspaceRoot: '.',
      workspace: { modules: [{ folder: '.' }, { folder: 'words' }] },
    })
  })

  it('needs as well what any of them takes from a folder', async () => {
    const project = await detected({
      ...files,
      'words/go.mod': goMod('words', '\nreplace example.com/fork => ../forks/a\n'),
      'forks/a/go.mod': 'module example.com/fork\n',
    })
    expect(appIn(project, 'api').workspace?.modules.map(({ folder }) => folder)).toEqual([
      ...['api', 'forks/a', 'words', 'worker'],
    ])
  })

  it('takes copies that are kept for the workspace, and none of its own', async () => {
    const own = await detected({ ...files, 'api/vendor/modules.txt': '# x\n' })
    expect(appIn(own, 'api').hasVendor).toBe(false)
    const ofRoot = await detected({ ...files, 'vendor/modules.txt': '# x\n' })
    expect(appIn(ofRoot, 'api').hasVendor).toBe(false)
    const shared = await detected({ ...files, 'vendor/modules.txt': '## workspace\n# x\n' })
    expect(appIn(shared, 'api').hasVendor).toBe(true)
  })

  it('is known by what it imports of the others, and not by what they have beside', async () => {
    const driver = '\nrequire (\n\tgithub.com/mattn/go-sqlite3 v1\n\tgithub.com/lib/pq v1\n)\n'
    const health = 'package health\n\nvar path = "/healthz"\n'
    const project = await detected({
      ...files,
      'api/main.go': server(8081, 'example.com/shop/words/health'),
      'words/go.mod': goMod('words', driver),
      'words/health/health.go': health,
    })
    expect(appIn(project, 'api')).toMatchObject({
      usesCgo: true,
      services: [{ value: 'postgres', from: { file: 'words/go.mod' } }],
      health: { readiness: { value: '/healthz', from: { file: 'words/health/health.go', line: 3 } } },
    })
    expect(appIn(project, 'worker')).toMatchObject({
      usesCgo: false,
      services: [],
      health: { readiness: null },
    })
  })

  it.each([
    [
      './gone',
      'go.work:2 uses ./gone, and there is no go.mod: Go builds nothing before it is there, or the line is gone',
    ],
    [
      '../outside',
      'go.work:2 uses ../outside, which is outside of the folder: what is copied to be built does not have it',
    ],
    [
      '/home/me/shop',
      'go.work:2 uses /home/me/shop, which is outside of the folder: what is copied to be built does not have it',
    ],
  ])('is found beside %s, of which one note is made', async (path, note) => {
    const project = await detected({ ...files, 'go.work': `go 1.26\nuse ${path}\nuse ./api\nuse ./words\n` })
    expect(appIn(project, 'api').workspace?.modules.map(({ folder }) => folder)).toEqual(['api', 'words'])
    expect(project.notes.filter((one) => one.includes(path))).toEqual([note])
  })
})

describe('a module that a go.work leaves out', () => {
  const work = { 'go.work': 'go 1.27\n\nuse ./words\n', ...words }

  it('is built alone, and says so', async () => {
    const project = await detected({ ...work, 'old/go.mod': goMod('old'), 'old/main.go': server(8081) })
    expect(appIn(project, 'old')).toMatchObject({
      ...{ workspaceRoot: null, workspace: null, ignoresGoWork: true },
      version: { value: '1.26', from: { file: 'old/go.mod' } },
    })
    expect(project.notes).toContain('go.work does not use old: it is built without that, as with GOWORK=off')
  })

  it('keeps what it takes from other folders', async () => {
    const project = await detected({
      ...work,
      'old/go.mod': goMod('old', takesWords),
      'old/main.go': server(8081),
    })
    expect(appIn(project, 'old')).toMatchObject({
      workspaceRoot: '.',
      ignoresGoWork: true,
      workspace: { goWork: null, modules: [{ folder: 'old' }, { folder: 'words' }] },
    })
  })
})

describe('a module that takes another from a folder', () => {
  const api = (more: string) => ({ 'api/go.mod': goMod('api', more), 'api/main.go': server(8081) })

  it('is built from the folder above both', async () => {
    const project = await detected({
      'services/api/go.mod': goMod('api', takesWords),
      'services/api/main.go': server(8081),
      'services/words/go.mod': goMod('words'),
      'services/words/go.sum': 'x',
    })
    expect(appIn(project, 'services/api')).toMatchObject({
      workspaceRoot: 'services',
      lockfiles: ['../words/go.sum'],
      ignoresGoWork: false,
      workspace: {
        goWork: null,
        modules: [
          { folder: 'api', hasGoSum: false },
          { folder: 'words', hasGoSum: true },
        ],
      },
    })
  })

  it('is built from its own where that one is below it', async () => {
    const project = await detected({
      'go.mod': goMod('shop', '\nreplace (\n\texample.com/a v1.0.0 => ./a\n)\n'),
      'web/main.go': server(8081),
      'a/go.mod': 'module example.com/a\n',
      'a/site/main.go': server(8082),
    })
    expect(appIn(project, '.')).toMatchObject({
      workspaceRoot: '.',
      package: { value: './web' },
      workspace: { modules: [{ folder: '.' }, { folder: 'a' }] },
    })
  })

  it('is built alone where it keeps a copy, or where the other is a module from elsewhere', async () => {
    const copied = await detected({ ...api(takesWords), ...words, 'api/vendor/modules.txt': '# x\n' })
    expect(appIn(copied, 'api')).toMatchObject({ workspaceRoot: null, hasVendor: true })
    const elsewhere = '\nreplace example.com/a => example.com/b v1.2.3\n'
    expect(appIn(await detected({ ...api(elsewhere), ...words }), 'api').workspaceRoot).toBeNull()
  })

  it.each([
    ['../gone', 'and there is no go.mod: Go builds nothing before it is there, or the line is gone'],
    ['../../words', 'which is outside of the folder: what is copied to be built does not have it'],
  ])('says what is wrong with %s', async (path, why) => {
    const project = await detected(api(`\nreplace example.com/shop/words => ${path}\n`))
    expect(appIn(project, 'api').workspaceRoot).toBeNull()
    expect(project.notes).toEqual([`api/go.mod:5 takes example.com/shop/words from ${path}, ${why}`])
  })
})

describe('a module with several servers', () => {
  const files = {
    'go.mod': goMod('shop'),
    'go.sum': 'x',
    'cmd/api/main.go': server(8081, 'example.com/shop/shop/internal/health'),
    'cmd/worker/main.go':
      'package main\n\nimport "example.com/shop/shop/internal/work"\n\nfunc main() { work.Go() }\n',
    'cmd/admin/main.go':
      'package main\n\nimport "example.com/shop/shop/internal/settings"\n\nfunc main() { settings.Show() }\n',
    'internal/settings/settings.go': 'package settings\n\nvar port = os.Getenv("PORT")\n',
    'internal/health/health.go': 'package health\n\nvar path = "/readyz"\n',
    'internal/work/work.go': 'package work\n\nfunc Go() { http.ListenAndServe(":8082", nil) }\n',
  }

  it('is as many apps, each built from the module and known by its own code', async () => {
    const project = await detected(files)
    expect(project.questions).toEqual([])
    expect(project.apps).toMatchObject([
      {
        ...{ name: 'api', folder: 'cmd/api', workspaceRoot: '.', package: { value: '.' } },
        ...{ port: { value: 8081 }, start: { value: ['./api'] }, lockfiles: ['../../go.sum'] },
        health: { readiness: { value: '/readyz' } },
        workspace: { goWork: null, modules: [{ folder: '.', hasGoSum: true }] },
      },
      {
        ...{ name: 'worker', folder: 'cmd/worker', port: { value: 8082 } },
        health: { readiness: null },
      },
    ])
    expect(project.notes).toContain(
      '.: ./cmd/api, ./cmd/worker are apps, as each listens; other programs are ./cmd/admin',
    )
  })

  it.each([
    ['http.ListenAndServe(addr, nil)', true],
    ['listener, err := net.Listen("tcp", addr)', true],
    ['e.Start(":" + port)', true],
    ['app.Listen(fmt.Sprintf(":%d", port))', true],
    ['r.Run(settings.Addr)', true],
    ['r := gin.New()\n\tr.Run()', true],
    ['root.Run()', false],
    ['timer.Start(time.Second)', false],
    ['port := os.Getenv("PORT")', false],
  ])('has one by %j: %s', async (code, isServer) => {
    const main = `package main\n\nfunc main() {\n\t${code}\n}\n`
    const { apps } = await detected({ ...files, 'cmd/admin/main.go': main })
    expect(apps.some(({ folder }) => folder === 'cmd/admin')).toBe(isServer)
  })

  it('is one app where one of them listens, and no question', async () => {
    const { 'cmd/api/main.go': _, ...rest } = files
    const { apps, questions } = await detected({
      ...rest,
      'cmd/sync/main.go': 'package main\n\nfunc main() {}\n',
    })
    expect(questions).toEqual([])
    expect(apps).toMatchObject([
      { folder: '.', name: 'shop', package: { value: './cmd/worker' }, workspaceRoot: null },
    ])
  })

  it('beside a server of Node is no question of which of them is the app', async () => {
    const node = { 'package.json': { scripts: { start: 'node server.js' } }, 'server.js': '' }
    const { apps, questions } = await detected({ ...files, ...node })
    expect(questions).toEqual([])
    expect(apps.map(({ stack, folder }) => [stack, folder])).toEqual([
      ['node', '.'],
      ['go', 'cmd/api'],
      ['go', 'cmd/worker'],
    ])
  })

  it('has them anywhere below it', async () => {
    const project = await detected({
      'go.mod': goMod('shop'),
      'services/api/main.go': server(8081),
      'services/web/main.go': server(8082),
      'services/list/main.go': 'package list\n',
    })
    expect(project.apps).toMatchObject([
      {
        ...{ name: 'api', folder: 'services/api', workspaceRoot: '.', module: 'example.com/shop/shop' },
        port: { value: 8081 },
      },
      { name: 'web', folder: 'services/web', workspaceRoot: '.', port: { value: 8082 } },
    ])
    expect(project.notes).toEqual([])
  })
})
