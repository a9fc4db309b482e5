import { describe, expect, it } from 'vitest'
import { detected, onlyApp } from '../folder.fixture.ts'

const program = 'package main\n\nfunc main() {}\n'

function module(files: Record<string, string>, mod = 'module example.com/shop\n\ngo 1.26.1\n') {
  return { 'go.mod': mod, ...files }
}

describe('the version of Go', () => {
  it.each([
    ['module a\n\ngo 1.22\n', '1.22', 3, 'the go line says 1.22'],
    ['module a\n\ngo 1.24.3\n', '1.24', 3, 'the go line says 1.24.3'],
    ['module a\ngo 1.22\ntoolchain go1.26.1\n', '1.26', 3, 'the toolchain line says go1.26.1'],
  ])('of %j is %s', async (mod, version, line, says) => {
    const app = await onlyApp('go', module({ 'main.go': program }, mod))
    expect(app.version).toEqual({ value: version, from: { file: 'go.mod', line, says } })
  })

  it('is null without a go.mod', async () => {
    const app = await onlyApp('go', { 'main.go': program })
    expect(app).toMatchObject({ version: null, module: null, because: { file: 'main.go', line: 3 } })
  })
})

describe('what is built of a module', () => {
  it.each([
    [['main.go'], '.'],
    [['cmd/server/main.go'], './cmd/server'],
    [['cmd/worker/main.go'], './cmd/worker'],
    [['cmd/shop/main.go', 'cmd/worker/main.go'], './cmd/shop'],
    [['cmd/api/main.go', 'cmd/worker/main.go'], './cmd/api'],
    [['cmd/shop/main.go', 'cmd/server/main.go'], './cmd/shop'],
    [['main.go', 'cmd/worker/main.go'], '.'],
    [['web/main.go', 'tools/gen/main.go'], './web'],
  ])('with programs in %j is %s', async (paths, chosen) => {
    const app = await onlyApp('go', module(Object.fromEntries(paths.map((path) => [path, program]))))
    expect(app.package?.value).toBe(chosen)
    expect(app.start?.value).toEqual(['./shop'])
  })

  it('is asked where no name tells, and never the first', async () => {
    const { apps, questions } = await detected(
      module({ 'cmd/admin/main.go': program, 'cmd/worker/main.go': program }),
    )
    expect(apps).toMatchObject([{ stack: 'go', package: null, start: null }])
    expect(questions).toEqual([
      {
        folder: '.',
        about: 'package',
        message: 'the module has several programs: ./cmd/admin, ./cmd/worker. Which one is the app?',
        choices: [
          {
            value: './cmd/admin',
            because: { file: 'cmd/admin/main.go', line: 3, says: 'it is package main with func main' },
          },
          {
            value: './cmd/worker',
            because: { file: 'cmd/worker/main.go', line: 3, says: 'it is package main with func main' },
          },
        ],
        whyNoDefault: expect.any(String),
      },
    ])
  })

  it('is asked where two usual names compete', async () => {
    const { questions } = await detected(
      module({ 'cmd/api/main.go': program, 'cmd/server/main.go': program }),
    )
    expect(questions.map(({ about }) => about)).toEqual(['package'])
  })

  it('is asked beside what all of them may share', async () => {
    const { apps } = await detected(
      module({
        ...{ 'cmd/admin/main.go': program, 'cmd/worker/main.go': program },
        'internal/settings.go': 'package internal\n\nvar port = os.Getenv("PORT")\n',
      }),
    )
    expect(apps).toMatchObject([{ package: null, readsPort: true }])
  })

  it('is the base of a module with a major version', async () => {
    const files = { 'cmd/shop/a.go': program, 'cmd/other/a.go': program }
    const app = await onlyApp('go', module(files, 'module example.com/shop/v2\n'))
    expect([app.name, app.package?.value]).toEqual(['shop', './cmd/shop'])
  })

  it.each([
    ['a comment', '/*\npackage main\nfunc main() {}\n*/\npackage list\n'],
    ['a string', 'package main\n\nvar text = `\nfunc main() {\n}\n`\n'],
    ['a file for go generate', `//go:build ignore\n\n${program}`],
    ['a method', 'package main\n\ntype t int\n\nfunc (t) main() {}\n'],
  ])('is no %s', async (_name, text) => {
    const { apps, notes } = await detected(module({ 'gen.go': text }))
    expect(apps).toEqual([])
    expect(notes).toContain('the module has no package main: it is a library')
  })

  it('is neither a test nor an example', async () => {
    const files = { 'examples/a/main.go': program, 'main_test.go': program, 'vendor/x/main.go': program }
    expect((await detected(module(files))).apps).toEqual([])
  })
})

describe('cgo', () => {
  it.each([
    ['package main\n\nimport "C"\n\nfunc main() {}\n', true],
    ['package main\n\nimport (\n\t"fmt"\n\t_ "github.com/mattn/go-sqlite3"\n)\n\nfunc main() {}\n', true],
    ['package main\n\nimport _ "modernc.org/sqlite"\n\nfunc main() {}\n', false],
    ['package main\n\n// import "C"\n\nfunc main() {}\n', false],
  ])('of %j: %s', async (text, uses) => {
    expect((await onlyApp('go', module({ 'main.go': text }))).usesCgo).toBe(uses)
  })
})

it('knows go.sum and a vendor folder', async () => {
  const files = { 'main.go': program, 'go.sum': '', 'vendor/modules.txt': '' }
  expect(await onlyApp('go', module(files))).toMatchObject({
    hasGoSum: true,
    hasVendor: true,
    lockfiles: ['go.sum'],
  })
  expect(await onlyApp('go', module({ 'main.go': program }))).toMatchObject({
    hasGoSum: false,
    hasVendor: false,
  })
})

describe('the framework', () => {
  it.each([
    ['gin', 'require github.com/gin-gonic/gin v1.10.0'],
    ['echo', 'require (\n\tgithub.com/labstack/echo/v4 v4.12.0\n)'],
    ['chi', 'require github.com/go-chi/chi/v5 v5.1.0'],
    ['fiber', 'require github.com/gofiber/fiber/v2 v2.52.0'],
  ])('is %s of %j', async (name, requires) => {
    const app = await onlyApp('go', module({ 'main.go': program }, `module a\n\n${requires}\n`))
    expect(app.framework?.value).toBe(name)
    expect(app.framework?.from.file).toBe('go.mod')
  })

  it('is not one that only another module needs', async () => {
    const mod = 'module a\n\nrequire github.com/gin-gonic/gin v1.10.0 // indirect\n'
    const app = await onlyApp(
      'go',
      module({ 'main.go': 'package main\n\nimport "net/http"\n\nfunc main() {}\n' }, mod),
    )
    expect(app.framework).toEqual({
      value: 'net-http',
      from: { file: 'main.go', line: 3, says: 'it imports net/http' },
    })
  })
})

describe('the port', () => {
  it.each([
    ['http.ListenAndServe(":8081", nil)', 8081, false],
    ['s := http.Server{Addr: "0.0.0.0:8081"}', 8081, false],
    ['net.Listen("tcp", ":8081")', 8081, false],
    ['e.Start(":8081")', 8081, false],
    ['port := os.Getenv("PORT")\n\tif port == "" {\n\t\tport = "8081"\n\t}', 8081, true],
    ['port := env("PORT", "8081")', 8081, true],
    ['port := number("PORT", 1, 65_535, "8081")', 8081, true],
    ['port := flag.Int("port", 8081, "where")', 8081, false],
    ['http.ListenAndServe(":"+os.Getenv("PORT"), nil)', undefined, true],
    ['r := gin.Default()\n\tr.Run()', 8080, true],
    ['// http.ListenAndServe(":8081", nil)', undefined, false],
  ])('of %j is %s', async (code, port, readsPort) => {
    const text = `package main\n\nfunc main() {\n\t${code}\n}\n`
    const app = await onlyApp('go', module({ 'main.go': text }))
    expect([app.port?.value, app.readsPort]).toEqual([port, readsPort])
  })

  it('is never of another program', async () => {
    const other = 'package main\n\nfunc main() { http.ListenAndServe(":9999", nil) }\n'
    const app = await onlyApp('go', module({ 'cmd/shop/main.go': program, 'cmd/debug/main.go': other }))
    expect(app.port).toBeNull()
  })
})

it('knows the servers by the modules', async () => {
  const mod =
    'module a\n\nrequire (\n\tgithub.com/jackc/pgx/v5 v5.7.0\n\tgithub.com/redis/go-redis/v9 v9.7.0\n\tgithub.com/lib/pq v1 // indirect\n)\n'
  const app = await onlyApp('go', module({ 'main.go': program }, mod))
  expect(app.services).toEqual([
    { value: 'postgres', from: { file: 'go.mod', line: 4, says: 'it requires github.com/jackc/pgx/v5' } },
    { value: 'redis', from: { file: 'go.mod', line: 5, says: 'it requires github.com/redis/go-redis/v9' } },
  ])
})

it('takes the modules of go.work for apps', async () => {
  const { apps, notes } = await detected({
    'go.work': 'go 1.27\n\nuse (\n\t./api\n\t./list\n\t../outside\n)\n',
    'api/go.mod': 'module a/api\n\ngo 1.24\n',
    'api/main.go': program,
    'list/go.mod': 'module a/list\n',
    'list/list.go': 'package list\n',
  })
  expect(apps).toMatchObject([
    {
      name: 'api',
      folder: 'api',
      version: { value: '1.27', from: { file: 'go.work', line: 1 } },
      package: { value: '.' },
    },
  ])
  expect(notes).toContain(
    'go.work:6 uses ../outside, which is outside of the folder: what is copied to be built does not have it',
  )
})
