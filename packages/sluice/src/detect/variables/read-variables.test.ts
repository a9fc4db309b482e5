import { chmod, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ReadOptions, readVariables } from './read-variables.ts'

let home: string
let root: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sluice-variables-'))
  root = join(home, 'app')
  await mkdir(root)
})

afterEach(async () => {
  await chmod(join(root, 'closed'), 0o700).catch(() => {})
  await rm(home, { recursive: true, force: true })
})

async function write(files: Record<string, string>, folder = root): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
}

async function namesIn(folder = root, options?: ReadOptions): Promise<string[]> {
  return (await readVariables(folder, options)).variables.map(({ name }) => name)
}

it('tells each variable with every place, and what is taken in its stead', async () => {
  await write({
    'b.js': "process.env.PORT ?? 'second'\nprocess.env.HOST; process.env.HOST\nprocess.env.constructor",
    'a.js': 'process.env.PORT',
    'c/a.ts': "\n\nexport const port: string = process.env.PORT ?? 'third'\nread(process.env)",
    'main.go': 'package main\n\nimport "os"\n\nvar port = os.Getenv("PORT")\n',
    'app.py': 'import os\nos.environ[name]\n',
    'ui.vue': '<template/>\n<script>\nimport.meta.env.VITE_URL\n</script>',
  })
  expect(await readVariables(root)).toEqual({
    variables: [
      { name: 'HOST', places: [{ file: 'b.js', line: 2 }], fallback: null },
      {
        name: 'PORT',
        places: [
          { file: 'a.js', line: 1 },
          { file: 'b.js', line: 1 },
          { file: 'c/a.ts', line: 3 },
          { file: 'main.go', line: 5 },
        ],
        fallback: 'second',
      },
      { name: 'VITE_URL', places: [{ file: 'ui.vue', line: 3 }], fallback: null },
      { name: 'constructor', places: [{ file: 'b.js', line: 3 }], fallback: null },
    ],
    dynamic: [
      { file: 'app.py', line: 2, code: 'os.environ[name]' },
      { file: 'c/a.ts', line: 4, code: 'read(process.env)' },
    ],
    unread: [],
  })
})

it('goes on after what cannot be parsed, and tells why', async () => {
  await write({
    'a.js': 'process.env.A {',
    'b.js': 'process.env.B',
    'c.py': 'import os\nos.environ["C"]\ndef (:\n',
    'd.js': `process.env.D${'('.repeat(100_000)}`,
    'e.py': `import os\nx = ${'('.repeat(100_000)}os.environ["E"]${')'.repeat(100_000)}`,
    'f.go': `package a\nimport "os"\nvar a = ${'('.repeat(100_000)}os.Getenv("F")${')'.repeat(100_000)}`,
    'g.js': `process.env.G${' + process.env.G'.repeat(50_000)}`,
  })
  const { variables, unread } = await readVariables(root)
  expect(variables.map(({ name }) => name)).toEqual(['B', 'C'])
  expect(unread).toEqual([
    {
      file: 'a.js',
      why: 'line 1: Expected a semicolon or an implicit semicolon after a statement, but found none',
    },
    { file: 'c.py', why: 'line 3: not understood as Python' },
    { file: 'd.js', why: 'nested too deeply to be read' },
    { file: 'e.py', why: 'line 2: not understood as Python' },
    { file: 'f.go', why: 'line 3: not understood as Go' },
    { file: 'g.js', why: 'nested too deeply to be read' },
  ])
})

describe('what is not of the app is left out:', () => {
  const read = 'process.env.X'

  it('installed, generated and ignored files', async () => {
    await write({
      'node_modules/a/index.js': read,
      'packages/a/node_modules/b/index.js': read,
      '.git/hooks/a.js': read,
      'vendor/a.js': read,
      '.venv/a.py': 'import os\nos.environ["X"]',
      'my-env/pyvenv.cfg': '',
      'my-env/lib/a.py': 'import os\nos.environ["X"]',
      'dist/a.js': read,
      '.next/server/a.js': read,
      'package.json': '{}',
      'build/a.js': read,
      'a.min.js': read,
      'a.d.ts': read,
      'a.txt': read,
      js: read,
      '.gitignore': '/generated/\n*.gen.js\n!keep.gen.js\n',
      'generated/a.js': read,
      'src/a.gen.js': read,
      'src/keep.gen.js': 'process.env.KEPT',
      'src/.gitignore': 'secret/\n!b.gen.js\n',
      'src/secret/a.js': read,
      'src/b.gen.js': 'process.env.BACK',
      'src/generated/a.js': 'process.env.DEEPER',
      'src/build/a.js': 'process.env.BUILDER',
    })
    expect(await namesIn()).toEqual(['BACK', 'BUILDER', 'DEEPER', 'KEPT'])
  })

  it('what the repository around the app ignores', async () => {
    await write({ '.git/HEAD': '', '.gitignore': '*.gen.js\n' }, home)
    await write({ 'a.gen.js': read, 'b.js': 'process.env.B' })
    expect(await namesIn()).toEqual(['B'])
    await write({ '.gitignore': 'app/\n' }, home)
    expect(await namesIn()).toEqual(['B', 'X'])
  })

  it('tests, unless they are asked for', async () => {
    await write({
      'a.js': 'process.env.A',
      'a.test.js': 'process.env.T1',
      'a.spec.tsx': 'process.env.T2',
      'test/a.js': 'process.env.T3',
      'src/tests/a.js': 'process.env.T4',
      'src/__tests__/a.js': 'process.env.T5',
      'a_test.go': 'package a\nimport "os"\nvar a = os.Getenv("T6")',
      'conftest.py': 'import os\nos.environ["T7"]',
      'test_a.py': 'import os\nos.environ["T8"]',
      'latest.js': 'process.env.B',
    })
    expect(await namesIn()).toEqual(['A', 'B'])
    expect(await namesIn(root, { tests: true })).toEqual('A B T1 T2 T3 T4 T5 T6 T7 T8'.split(' '))
  })
})

it('follows no link, out of the folder or round in circles', async () => {
  await write({ 'a.js': 'process.env.A', 'src/b.js': 'process.env.B' })
  await write({ 'outside.js': 'process.env.OUT', 'other/c.js': 'process.env.OUT' }, home)
  await symlink('../outside.js', join(root, 'out.js'))
  await symlink(join(home, 'other'), join(root, 'other'))
  await symlink('..', join(root, 'src/up'))
  await symlink('loop.js', join(root, 'loop.js'))
  await symlink('nowhere.js', join(root, 'dangling.js'))
  const { variables, unread } = await readVariables(root)
  expect(variables.map(({ name }) => name)).toEqual(['A', 'B'])
  expect(variables[1]!.places).toEqual([{ file: 'src/b.js', line: 1 }])
  expect(unread).toEqual([])
})

it('reads a folder that is reached by a link', async () => {
  await write({ 'a.js': 'process.env.A' })
  await symlink('app', join(home, 'link'))
  expect(await namesIn(join(home, 'link'))).toEqual(['A'])
})

it('passes over what is too big, with a note, and what is no text, without one', async () => {
  await write({ 'small.js': 'process.env.A', 'huge.js': '', 'binary.js': 'process.env.B\0', 'utf16.js': '' })
  await truncate(join(root, 'huge.js'), 1024 ** 3)
  await writeFile(join(root, 'utf16.js'), Buffer.from('process.env.C', 'utf16le'))
  const { variables, unread } = await readVariables(root)
  expect(variables.map(({ name }) => name)).toEqual(['A'])
  expect(unread).toEqual([{ file: 'huge.js', why: 'bigger than 1,024 KiB' }])
})

it('stops at the most files that it reads, and says so', async () => {
  await write({ 'a.js': 'process.env.A', 'b/b.js': 'process.env.B', 'c.js': 'process.env.C', 'z.txt': '' })
  const { variables, unread } = await readVariables(root, { limits: { files: 2 } })
  expect(variables.map(({ name }) => name)).toEqual(['A', 'C'])
  expect(unread).toEqual([{ file: '.', why: 'there are more than 2 files, and only the first 2 were read' }])
  expect((await readVariables(root, { limits: { files: 3 } })).unread).toEqual([])
})

// Root may open everything.
const isRoot = process.getuid?.() === 0
if (isRoot) console.log('skipped: what may not be opened: root may open everything')

it.skipIf(isRoot)('tells of a folder and a file that it may not open', async () => {
  await write({ 'a.js': 'process.env.A', 'b.js': 'process.env.B', 'closed/c.js': 'process.env.C' })
  await chmod(join(root, 'b.js'), 0)
  await chmod(join(root, 'closed'), 0)
  const { variables, unread } = await readVariables(root)
  expect(variables.map(({ name }) => name)).toEqual(['A'])
  expect(unread).toEqual([
    { file: 'b.js', why: 'cannot be opened (EACCES)' },
    { file: 'closed', why: 'the folder cannot be opened (EACCES)' },
  ])
})

it('tells of a folder that is not there, and of a file in its place', async () => {
  await write({ 'a.js': 'process.env.A' })
  const { unread } = await readVariables(join(root, 'nowhere'))
  expect(unread).toEqual([{ file: '.', why: 'the folder cannot be opened (ENOENT)' }])
  expect((await readVariables(join(root, 'a.js'))).unread).toEqual([
    { file: '.', why: 'the folder cannot be opened (ENOTDIR)' },
  ])
})

it('reads names with spaces, letters of any language and names of prototypes, and a mark at the beginning', async () => {
  await write({
    'a b/ü 名.js': '\ufeff\r\nprocess.env.A',
    'constructor/__proto__.js': 'process.env.__proto__',
    'bom.py': '\ufeffimport os\r\nos.environ["P"]',
    'bom.go': '\ufeffpackage a\r\nimport "os"\r\nvar a = os.Getenv("G")',
    'bom.vue': '\ufeff<script>\r\nprocess.env.V</script>',
  })
  const { variables, unread } = await readVariables(root)
  expect(variables.map(({ name, places }) => [name, places[0]!.file, places[0]!.line])).toEqual([
    ['A', 'a b/ü 名.js', 2],
    ['G', 'bom.go', 3],
    ['P', 'bom.py', 2],
    ['V', 'bom.vue', 2],
    ['__proto__', 'constructor/__proto__.js', 1],
  ])
  expect(unread).toEqual([])
})

describe('of the examples,', () => {
  const examples = fileURLToPath(new URL('../../../../../examples/', import.meta.url))

  // Each hands its whole environment to one function, which looks names up: nobody can tell which by reading one file.
  it.each([
    [
      'node',
      {
        variables: [],
        dynamic: [{ file: 'src/main.js', line: 21, code: 'readSettings(process.env)' }],
        unread: [],
      },
    ],
    [
      'go',
      {
        variables: [],
        dynamic: [{ file: 'main.go', line: 24, code: 'readSettings(os.Getenv)' }],
        unread: [],
      },
    ],
    [
      'python-django',
      {
        variables: [
          {
            name: 'DJANGO_SETTINGS_MODULE',
            places: [
              { file: 'manage.py', line: 7 },
              { file: 'shop/wsgi.py', line: 5 },
            ],
            fallback: 'shop.settings',
          },
        ],
        dynamic: [{ file: 'shop/environment.py', line: 72, code: 'read_environment(os.environ)' }],
        unread: [],
      },
    ],
  ])('%s reads what is written here', async (name, expected) => {
    expect(await readVariables(join(examples, name))).toEqual(expected)
  })
})

it('reads what else it is told of, under its name from the folder', async () => {
  const around = {
    'lib/a.js': 'process.env.OF_A_FOLDER',
    'lib/a.test.js': 'process.env.OF_A_TEST',
    'lib/node_modules/x/x.js': 'process.env.INSTALLED',
    'go/b.go': 'package b\n\nimport "os"\n\nvar b = os.Getenv("OF_A_FILE")\n',
    'go/c.go': 'package b\n\nimport "os"\n\nvar c = os.Getenv("OF_ITS_NEIGHBOUR")\n',
    'go/d.txt': 'process.env.NO_CODE',
  }
  await write({ 'own.js': 'process.env.OWN' })
  await write(around, home)
  const elsewhere = ['../lib', '../go/b.go', '../go/d.txt', '../gone', '../gone.js']
  const { variables, unread } = await readVariables(root, { elsewhere })
  expect(variables.map(({ name, places }) => [name, places[0]])).toEqual([
    ['OF_A_FILE', { file: '../go/b.go', line: 5 }],
    ['OF_A_FOLDER', { file: '../lib/a.js', line: 1 }],
    ['OWN', { file: 'own.js', line: 1 }],
  ])
  expect(unread).toEqual([{ file: '../gone.js', why: 'cannot be opened (ENOENT)' }])
  expect(await namesIn(root, { elsewhere, limits: { files: 2 } })).toEqual(['OF_A_FOLDER', 'OWN'])
})
