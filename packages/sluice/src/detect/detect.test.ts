import { execFileSync } from 'node:child_process'
import { symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { detect } from './detect.ts'
import { detected, folderWith, onlyApp } from './folder.fixture.ts'

const examples = fileURLToPath(new URL('../../../../examples', import.meta.url))
const nothing =
  'there is no app here: neither package.json, go.mod, files of Python nor index.html tell how one is started'

describe('the examples', () => {
  it.each([
    [
      'node',
      {
        stack: 'node',
        name: 'shop',
        start: { value: ['node', 'src/main.js'] },
        port: { value: 3000 },
        readsPort: true,
        version: { value: '26' },
      },
    ],
    [
      'express',
      {
        stack: 'node',
        framework: { value: 'express' },
        start: { value: ['node', 'src/main.js'] },
        readsPort: true,
        // In the library, and not in the code of the app.
        health: { readiness: { value: '/readyz' }, liveness: { value: '/livez' } },
        lockfiles: ['package-lock.json'],
      },
    ],
    [
      'go',
      {
        stack: 'go',
        name: 'shop',
        package: { value: '.' },
        port: { value: 3000 },
        readsPort: true,
        version: { value: '1.22' },
        usesCgo: false,
      },
    ],
    [
      'python-django',
      {
        stack: 'python',
        start: { value: ['gunicorn', 'shop.wsgi:application'] },
        port: { value: 8000 },
        readsPort: true,
        django: { settings: { value: 'shop.settings' }, collectsStatic: false },
      },
    ],
  ])('%s is detected', async (name, facts) => {
    const { apps, questions, notes } = await detect(join(examples, name))
    const health = { readiness: { value: '/readyz' }, liveness: { value: '/livez' } }
    expect(apps).toMatchObject([{ folder: '.', health, services: [], lockfiles: [], ...facts }])
    expect([questions, notes]).toEqual([[], []])
  })

  it('static is detected', async () => {
    const { apps } = await detect(join(examples, 'static'))
    expect(apps).toMatchObject([{ stack: 'static', name: 'static', serves: { value: 'public' } }])
  })
})

describe('a folder of files', () => {
  it.each([
    ['index.html', '.'],
    ['public/index.html', 'public'],
    ['dist/index.html', 'dist'],
    ['site/index.html', 'site'],
  ])('with %s serves %s', async (file, serves) => {
    expect((await onlyApp('static', { [file]: '<p>' })).serves.value).toBe(serves)
  })

  it('is one also with tooling, and not where a package may be documented by it', async () => {
    const tooling = { scripts: { lint: 'prettier .' }, devDependencies: { prettier: '3' } }
    expect((await onlyApp('static', { 'index.html': '<p>', 'package.json': tooling })).serves.value).toBe('.')
    const library = { main: 'a.js', files: ['a.js'], dependencies: { b: '1' } }
    expect((await onlyApp('node', { 'index.html': '<p>', 'package.json': library })).start).toBeNull()
  })
})

describe('several stacks in one folder', () => {
  const django = {
    'manage.py': 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
    'requirements.txt': 'django\ngunicorn\n',
    'shop/wsgi.py': '',
  }

  it('are Python where the package.json is tooling', async () => {
    const tooling = { scripts: { build: 'vite build', dev: 'vite' }, devDependencies: { vite: '8' } }
    const { apps, questions, notes } = await detected({
      ...django,
      'package.json': tooling,
      'yarn.lock': '',
      'package-lock.json': '{}',
    })
    expect(apps.map(({ stack }) => stack)).toEqual(['python'])
    expect(questions).toEqual([])
    expect(notes).toContain('package.json starts nothing: it was taken for tooling of the python app in .')
  })

  it('are asked about where each of them starts something', async () => {
    const { apps, questions } = await detected({
      ...django,
      'package.json': { scripts: { start: 'node server.js' } },
    })
    expect(apps.map(({ stack }) => stack)).toEqual(['node', 'python'])
    expect(questions).toMatchObject([
      {
        folder: '.',
        about: 'stack',
        message: 'the folder has files of several stacks: node, python. Which one is the app?',
        choices: [{ value: 'node' }, { value: 'python' }],
        whyNoDefault: expect.any(String),
      },
    ])
  })

  it('are not asked about for a script in Python beside a server of Node', async () => {
    const files = {
      'package.json': { scripts: { start: 'node server.js' } },
      'requirements.txt': 'requests\n',
    }
    expect((await detected(files)).apps.map(({ stack }) => stack)).toEqual(['node'])
  })
})

describe('apps in subfolders', () => {
  const server = { scripts: { start: 'node server.js' } }

  it('are the folders with a manifest where the root has none', async () => {
    const { apps } = await detected({
      'backend/requirements.txt': 'flask\ngunicorn',
      'backend/app.py': 'app = Flask(__name__)\n',
      'frontend/package.json': { dependencies: { next: '16' } },
      'docs/package.json': server,
      'README.md': '',
    })
    expect(apps.map((app) => [app.stack, app.name, app.folder])).toEqual([
      ['python', 'backend', 'backend'],
      ['node', 'frontend', 'frontend'],
    ])
  })

  it('are in apps and services, of whatever stack, with names of their own', async () => {
    const { apps } = await detected({
      'package.json': { private: true, devDependencies: { prettier: '3' } },
      'apps/shop/package.json': server,
      'services/shop/go.mod': 'module a/shop\n',
      'services/shop/main.go': 'package main\nfunc main() {}\n',
      'services/page/index.html': '<p>',
    })
    expect(apps.map((app) => [app.stack, app.name, app.folder])).toEqual([
      ['node', 'shop', 'apps/shop'],
      ['static', 'page', 'services/page'],
      ['go', 'services-shop', 'services/shop'],
    ])
  })

  it('do not lend their code to the app above them', async () => {
    const { apps } = await detected({
      'package.json': server,
      'server.js': '',
      'apps/api/package.json': server,
      'apps/api/server.js': "app.get('/readyz')",
    })
    expect(apps.map(({ folder, health }) => [folder, health.readiness?.value])).toEqual([
      ['.', undefined],
      ['apps/api', '/readyz'],
    ])
  })
})

describe('the health of an app', () => {
  const files = (code: string) => ({ 'package.json': { scripts: { start: 'node a.js' } }, 'a.js': code })
  it.each([
    ["app.get('/readyz'); app.get('/livez')", '/readyz', '/livez'],
    ["app.get('/health'); app.get('/ready'); app.get('/live')", '/ready', '/live'],
    ["app.get('/healthz')", '/healthz', '/healthz'],
    ["app.get('/health')", '/health', undefined],
    ["app.get('/api/health')", '/api/health', undefined],
    ["const routes = { 'GET /readyz': ready }", '/readyz', undefined],
    ["app.get('/health/ready'); app.get('/health/live')", '/health/ready', '/health/live'],
    ["// app.get('/readyz')", undefined, undefined],
    ["fetch('/readyz')", undefined, undefined],
    ["await axios.get('/readyz')", undefined, undefined],
    ["app.get('/already')", undefined, undefined],
    ["@Controller('health') class A {}", '/health', undefined],
  ])('of %j is %s and %s', async (code, readiness, liveness) => {
    const { health } = await onlyApp('node', files(code))
    expect([health.readiness?.value, health.liveness?.value]).toEqual([readiness, liveness])
  })

  it('says where it stands', async () => {
    const { health } = await onlyApp('node', files("\n\napp.get('/readyz')"))
    expect(health.readiness).toEqual({
      value: '/readyz',
      from: { file: 'a.js', line: 3, says: 'it answers /readyz' },
    })
  })

  it.each([
    ['app/api/health/route.ts', '/api/health'],
    ['pages/api/healthz.js', '/api/healthz'],
    ['src/routes/readyz/+server.ts', '/readyz'],
    ['server/api/health.get.ts', '/api/health'],
  ])('is a file of the framework: %s', async (file, path) => {
    const { health } = await onlyApp('node', { ...files(''), [file]: '' })
    expect(health.readiness?.value).toBe(path)
  })

  it('is never that of the tests', async () => {
    const tests = {
      'a.test.js': "get('/readyz')",
      'test/b.js': "get('/readyz')",
      'node_modules/x/c.js': "get('/readyz')",
    }
    expect((await onlyApp('node', { ...files(''), ...tests })).health.readiness).toBeNull()
  })

  it('is a path of Django', async () => {
    const urls = "urlpatterns = [\n    path('healthz/', view),\n]\n"
    const { health } = await onlyApp('python', { 'requirements.txt': 'django', 'shop/urls.py': urls })
    expect(health.readiness).toMatchObject({ value: '/healthz/', from: { file: 'shop/urls.py', line: 2 } })
  })
})

describe('the name', () => {
  it.each([
    ['@scope/Shop_Front', 'shop-front'],
    ['a'.repeat(60), 'a'.repeat(40)],
    ['---', undefined],
    ['日本', undefined],
  ])('of the package %s is %s', async (name, expected) => {
    const app = await onlyApp('node', { 'package.json': { name, scripts: { start: 'node a.js' } } })
    expect(app.name).toMatch(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/)
    if (expected !== undefined) expect(app.name).toBe(expected)
  })

  it('is that of the project in Python, or of the folder', async () => {
    const named = { 'pyproject.toml': '[project]\nname = "My.Shop"\n' }
    expect((await onlyApp('python', named)).name).toBe('my-shop')
    expect((await detected({ 'Läden/requirements.txt': 'flask' })).apps[0]?.name).toBe('l-den')
  })
})

describe('wrong input', () => {
  it('is a folder that is none', async () => {
    const root = folderWith({ 'a.txt': '' })
    await expect(detect(join(root, 'missing'))).rejects.toMatchObject({
      code: 'USAGE',
      todo: expect.any(String),
    })
    await expect(detect(join(root, 'a.txt'))).rejects.toMatchObject({
      code: 'USAGE',
      todo: expect.any(String),
    })
  })

  it('is an empty folder, or one of binaries', async () => {
    expect(await detected({})).toMatchObject({ apps: [], questions: [], notes: [nothing] })
    const binary = Buffer.from([0, 1, 2, 0, 255])
    const { apps, notes } = await detected({ 'a.bin': binary, 'package.json': binary, 'main.go': binary })
    expect(apps).toEqual([])
    expect(notes).toContain('package.json is not text and was not read')
  })

  it.each([
    ['package.json', '{'],
    ['package.json', '[]'],
    ['package.json', 'null'],
    ['package.json', '{"scripts": 1, "dependencies": [], "engines": "x", "workspaces": 3, "name": {}}'],
    ['package.json', `${'['.repeat(200_000)}`],
    ['pyproject.toml', '[project\nname='],
    ['Pipfile', '= ='],
    ['pnpm-workspace.yaml', 'packages: [a, *b'],
    ['go.mod', 'require ('],
    ['go.mod', 'module a\nreplace b =>\nreplace => ..\nreplace c => /\n'],
    ['go.work', 'use ('],
    ['go.work', 'use\nuse ""\nuse /\nuse ../../..\nuse \u0000\n'],
    ['requirements.txt', '-r /etc/passwd\n-r ../../x\n-r missing.txt\n'],
    ['manage.py', 'def ('],
    ['mise.toml', '[tools'],
    ['tsconfig.json', '('.repeat(100_000)],
  ])('in %s (%j) throws nothing', async (file, text) => {
    const files = {
      'package.json': { scripts: { start: 'tsx a.ts', build: 'tsc' } },
      'a.ts': '',
      [file]: text,
    }
    await expect(detected(files)).resolves.toMatchObject({ apps: expect.any(Array) })
  })

  it('is a file of a gigabyte, of which the first part is read', async () => {
    const root = folderWith({ 'requirements.txt': 'flask\n', 'package.json': '{' })
    truncateSync(join(root, 'package.json'), 1024 ** 3)
    writeFileSync(join(root, 'big.py'), 'x = 1\n'.repeat(400_000))
    const startedAt = Date.now()
    const { apps, notes } = await detect(root)
    expect(Date.now() - startedAt).toBeLessThan(5000)
    expect(apps).toMatchObject([{ stack: 'python' }])
    expect(notes).toContain('package.json is not text and was not read')
  })

  it('is a link out of the folder, or round in a circle', async () => {
    const outside = folderWith({ 'package.json': { scripts: { start: 'node a.js' } } })
    const root = folderWith({ 'requirements.txt': 'flask\n' })
    symlinkSync(join(outside, 'package.json'), join(root, 'package.json'))
    symlinkSync(root, join(root, 'again'))
    symlinkSync('loop', join(root, 'loop'))
    symlinkSync('loop', join(root, 'main.go'))
    symlinkSync(outside, join(root, 'apps'))
    const { apps, notes } = await detect(root)
    expect(apps).toMatchObject([{ stack: 'python', folder: '.' }])
    expect(notes).toContain('package.json leads out of the folder and was not followed')
    expect(notes).toContain('main.go could not be read: ELOOP')
  })

  it('is a pipe that nobody writes to, and a folder where a file was expected', async () => {
    const root = folderWith({ 'go.mod/x': '', 'requirements.txt': 'flask' })
    execFileSync('mkfifo', [join(root, 'package.json')])
    expect((await detect(root)).apps).toMatchObject([{ stack: 'python' }])
  })

  it('is any text at all', async () => {
    const word = fc.constantFrom(
      '"',
      '{',
      '}',
      '[',
      ']',
      '\n',
      '=',
      ' ',
      '(',
      ')',
      '-r ',
      'module ',
      'go 1.',
      'require',
      'use ',
      'replace => ',
      '[tool.uv.workspace]\nmembers',
      'name',
      'django',
      '\\',
      '#',
      '$',
      '&&',
      '\0',
      '..',
      '*',
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(word, { maxLength: 60 }).map((words) => words.join('')),
    )
    const names = [
      'package.json',
      'go.mod',
      'go.work',
      'pyproject.toml',
      'requirements.txt',
      'manage.py',
      'main.go',
      'pnpm-workspace.yaml',
      '.nvmrc',
      'Procfile',
    ]
    const root = folderWith({})
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.constantFrom(...names), text), async (files) => {
        for (const name of names) writeFileSync(join(root, name), files[name] ?? '')
        expect((await detect(root)).root).toBe(root)
      }),
      { numRuns: 100 },
    )
  })

  it('is any value of any field of a package', async () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.string(),
      fc.constantFrom('*', '>=', 'node .', 'npm start', 'yarn@', '../*', '**/**'),
    )
    const fields = [
      'name',
      'main',
      'scripts',
      'dependencies',
      'engines',
      'packageManager',
      'devEngines',
      'workspaces',
      'volta',
    ]
    const field = fc.oneof(
      value,
      fc.dictionary(
        fc.constantFrom('start', 'build', 'node', 'next', 'packages', 'packageManager', 'prepare'),
        value,
      ),
    )
    const root = folderWith({ 'index.js': '', 'a/package.json': {} })
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.constantFrom(...fields), field), async (manifest) => {
        writeFileSync(join(root, 'package.json'), JSON.stringify(manifest))
        expect((await detect(root)).root).toBe(root)
      }),
      { numRuns: 100 },
    )
  })
})
