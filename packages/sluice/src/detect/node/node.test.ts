import { describe, expect, it } from 'vitest'
import { detect } from '../detect.ts'
import { detected, folderWith, onlyApp } from '../folder.fixture.ts'

const server = 'require("node:http").createServer().listen(3000)\n'

function withFields(fields: object): Record<string, object> {
  return { 'package.json': { name: 'shop', scripts: { start: 'node server.js' }, ...fields } }
}

describe('the version of Node', () => {
  it.each([
    ['>=20', '26'],
    ['^24.1.0', '24'],
    ['22.x', '22'],
    ['20 || 22', '22'],
    ['>=22 <25', '24'],
    ['18.x', '18'],
    ['>=18 <19', '18'],
    ['23', '23'],
    ['24.3.0', '24'],
    ['*', '26'],
  ])('of engines.node %s is %s', async (range, version) => {
    const app = await onlyApp('node', withFields({ engines: { node: range } }))
    expect(app.version).toEqual({
      value: version,
      from: { file: 'package.json', line: 7, says: `engines.node is ${range}` },
    })
  })

  it.each([
    ['.nvmrc', 'v22.11.0\n', '22'],
    ['.nvmrc', 'lts/jod', '22'],
    ['.nvmrc', 'lts/*', '26'],
    ['.nvmrc', '# ours\n24', '24'],
    ['.node-version', '24.2.0', '24'],
    ['.tool-versions', 'python 3.13.1\nnodejs 22.1.0\n', '22'],
    ['mise.toml', '[tools]\nnode = "24"\n', '24'],
    ['mise.toml', '[tools]\nnode = ["22", "24"]\n', '22'],
  ])('is read from %s that says %j: %s', async (file, text, version) => {
    const app = await onlyApp('node', { ...withFields({}), [file]: text })
    expect(app.version?.value).toBe(version)
    expect(app.version?.from.file).toBe(file)
  })

  it('is read from volta, and is null where nothing says it', async () => {
    expect((await onlyApp('node', withFields({ volta: { node: '22.2.0' } }))).version?.value).toBe('22')
    expect((await onlyApp('node', withFields({}))).version).toBeNull()
  })

  it('is the choice in .nvmrc where engines allows it, and what engines says where not', async () => {
    const open = { ...withFields({ engines: { node: '>=20' } }), '.nvmrc': '22' }
    expect((await onlyApp('node', open)).version?.value).toBe('22')
    const closed = await detected({ ...withFields({ engines: { node: '>=24' } }), '.nvmrc': '22' })
    expect(closed.apps[0]?.version?.value).toBe('26')
    expect(closed.notes).toContain('engines.node is >=24, but .nvmrc says 22: engines was followed')
  })

  it('is not taken from what is no range', async () => {
    const { apps, notes } = await detected(withFields({ engines: { node: 'the newest' } }))
    expect(apps[0]?.version).toBeNull()
    expect(notes).toContain('engines.node in package.json is the newest, which is no range of versions')
  })
})

describe('the package manager', () => {
  it.each([
    [{ packageManager: 'pnpm@9.1.0+sha512.abc' }, {}, 'pnpm', '9.1.0'],
    [{ packageManager: 'npm@11.2.0' }, {}, 'npm', '11.2.0'],
    [{ packageManager: 'yarn@1.22.22' }, {}, 'yarn-classic', '1.22.22'],
    [{ packageManager: 'yarn@4.5.0' }, {}, 'yarn-berry', '4.5.0'],
    [{ packageManager: 'bun@1.2.0' }, {}, 'bun', '1.2.0'],
    [{ devEngines: { packageManager: { name: 'pnpm', version: '^10.1.0' } } }, {}, 'pnpm', '10'],
    [{}, { 'pnpm-lock.yaml': 'lockfileVersion: 5.3\n' }, 'pnpm', '6'],
    [{}, { 'pnpm-lock.yaml': 'lockfileVersion: 5.4\n' }, 'pnpm', '7'],
    [{}, { 'pnpm-lock.yaml': "lockfileVersion: '6.1'\n" }, 'pnpm', '8'],
    [{}, { 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n" }, 'pnpm', '9'],
    [{ engines: { pnpm: '10' } }, { 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n" }, 'pnpm', '10'],
    [{}, { 'bun.lock': '{}' }, 'bun', undefined],
    [{}, { 'yarn.lock': '# yarn lockfile v1\n' }, 'yarn-classic', undefined],
    [{}, { 'yarn.lock': '', '.yarnrc.yml': 'nodeLinker: node-modules\n' }, 'yarn-berry', undefined],
    [{}, { 'yarn.lock': '__metadata:\n  version: 8\n' }, 'yarn-berry', undefined],
    [{}, { 'package-lock.json': '{}' }, 'npm', undefined],
    [{}, { 'npm-shrinkwrap.json': '{}' }, 'npm', undefined],
    [{ engines: { yarn: '>=4' } }, {}, 'yarn-berry', '4'],
    [{}, {}, 'npm', undefined],
    [{ packageManager: 'cargo@1.0.0' }, { 'package-lock.json': '{}' }, 'npm', undefined],
  ])('of %j with %j is %s %s', async (fields, files, manager, version) => {
    const app = await onlyApp('node', { ...withFields(fields), ...files })
    expect(app.packageManager.value).toBe(manager)
    expect(app.packageManagerVersion?.value).toBe(version)
    expect(app.lockfiles).toEqual(Object.keys(files).filter((name) => name !== '.yarnrc.yml'))
  })

  it('is asked where two lockfiles contradict each other, naming both', async () => {
    const files = { ...withFields({}), 'yarn.lock': '', 'package-lock.json': '{}' }
    const { questions } = await detected(files)
    expect(questions).toEqual([
      {
        folder: '.',
        about: 'packageManager',
        message:
          'yarn.lock and package-lock.json are lockfiles of different package managers. Which one is kept up to date?',
        choices: [
          {
            value: 'yarn-classic',
            because: { file: 'yarn.lock', line: 1, says: 'it is a lockfile of yarn-classic' },
          },
          { value: 'npm', because: { file: 'package-lock.json', line: 1, says: 'it is a lockfile of npm' } },
        ],
        whyNoDefault: expect.stringContaining('other versions than were tested'),
      },
    ])
  })

  it('is not asked where the manifest states it, nor of two lockfiles of one manager', async () => {
    const stated = {
      ...withFields({ packageManager: 'npm@11.0.0' }),
      'yarn.lock': '',
      'package-lock.json': '{}',
    }
    expect((await detected(stated)).questions).toEqual([])
    const both = { ...withFields({}), 'npm-shrinkwrap.json': '{}', 'package-lock.json': '{}' }
    expect((await detected(both)).questions).toEqual([])
  })

  it('is noted where the lockfile is of another than the one that is stated', async () => {
    const { notes } = await detected({ ...withFields({ packageManager: 'pnpm@9.1.0' }), 'yarn.lock': '' })
    expect(notes).toContain(
      'packageManager is pnpm@9.1.0, but the lockfile is yarn.lock: pnpm was followed, and has no lockfile',
    )
  })
})

describe('the start', () => {
  it.each([
    ['node server.js', ['node', 'server.js']],
    [
      'node --max-old-space-size=512 server.js --verbose',
      ['node', '--max-old-space-size=512', 'server.js', '--verbose'],
    ],
    ['NODE_ENV=production node server.js', ['node', 'server.js']],
    ['cross-env NODE_ENV=production PORT=4000 node server.js', ['node', 'server.js']],
    ['npm run serve', ['node', 'server.js']],
    ['exec node server.js', ['node', 'server.js']],
    ['prisma migrate deploy && node server.js', ['node', 'server.js']],
    ['nodemon --quiet server.js', ['node', 'server.js']],
    ['node --watch --env-file .env server.js', ['node', 'server.js']],
    ["node -r 'dotenv/config' server.js", ['node', '-r', 'dotenv/config', 'server.js']],
  ])('of the script %j is %j', async (start, command) => {
    const fields = { scripts: { start, serve: 'node server.js' } }
    const app = await onlyApp('node', { ...withFields(fields), 'server.js': server })
    expect(app.start?.value).toEqual(command)
    expect(app.start?.from.file).toBe('package.json')
  })

  it.each([
    'node server.js | pino',
    'node $APP',
    'node server.js & wait',
    'node -e "1"',
    'serve -s dist',
    'npm start',
    'cd a && node b.js',
  ])('is not taken from %j, which needs more than node', async (start) => {
    const { apps } = await detected({
      'package.json': { scripts: { start, test: 'vitest' }, dependencies: { a: '1' } },
    })
    expect(apps.map((app) => app.start)).toEqual([null])
  })

  it('notes the names of what the script sets, and never the values', async () => {
    const { notes } = await detected(withFields({ scripts: { start: 'API_KEY=geheim node server.js' } }))
    expect(notes).toContain(
      'package.json: its start sets API_KEY; set it in sluice.yaml, as the command itself cannot',
    )
    expect(notes.join()).not.toContain('geheim')
  })

  it('runs what the build makes of TypeScript', async () => {
    const files = {
      'package.json': { scripts: { build: 'tsc', start: 'tsx src/main.ts' }, devDependencies: { tsx: '4' } },
      'tsconfig.json': '{\n  // where it goes\n  "compilerOptions": { "outDir": "./build", },\n}',
      'src/main.ts':
        'import { createServer } from "node:http"\ncreateServer().listen(process.env.PORT ?? 4100)\n',
    }
    const app = await onlyApp('node', files)
    expect(app.start?.value).toEqual(['node', 'build/main.js'])
    expect(app.outputFolder).toBe('build')
    expect(app.typescript).toBe(true)
    expect(app.port).toEqual({
      value: 4100,
      from: { file: 'src/main.ts', line: 2, says: 'without PORT it listens on 4100' },
    })
  })

  it('finds the source of what the build made', async () => {
    const app = await onlyApp('node', {
      'package.json': { scripts: { build: 'tsc', start: 'node dist/main.js' } },
      'tsconfig.json': { compilerOptions: { outDir: 'dist' } },
      'src/main.ts': 'createServer().listen(3100)',
    })
    expect(app.port?.value).toBe(3100)
  })

  it.each([
    ['main', { main: 'lib/begin.js' }, 'lib/begin.js'],
    ['index.js', {}, 'index.js'],
    ['server.js', {}, 'server.js'],
    ['app.js', {}, 'app.js'],
    ['src/index.js', {}, 'src/index.js'],
  ])('is %s where no script says it', async (_name, fields, file) => {
    const app = await onlyApp('node', { 'package.json': fields, [file]: server })
    expect(app.start?.value).toEqual(['node', file])
  })

  it('is a file that bun runs as it is', async () => {
    const files = {
      'package.json': { module: 'index.ts', private: true },
      'bun.lock': '{}',
      'index.ts': server,
    }
    expect((await onlyApp('node', files)).start).toEqual({
      value: ['bun', 'index.ts'],
      from: { file: 'package.json', line: 2, says: 'its main file is index.ts, and it listens' },
    })
  })

  it('is not the main file of a library', async () => {
    const fields = { name: 'list', main: 'index.js', files: ['index.js'], devDependencies: { vitest: '5' } }
    expect(
      (await onlyApp('node', { 'package.json': fields, 'index.js': 'module.exports = 1' })).start,
    ).toBeNull()
  })
})

describe('the framework', () => {
  const next = ['node', 'node_modules/next/dist/bin/next', 'start']
  it.each([
    ['express', { express: '5' }, {}, undefined, undefined],
    ['fastify', { fastify: '5' }, {}, undefined, undefined],
    ['koa', { koa: '3' }, {}, undefined, undefined],
    ['hono', { hono: '4' }, {}, undefined, undefined],
    ['nest', { '@nestjs/core': '11', express: '5' }, {}, ['node', 'dist/main.js'], undefined],
    ['next', { next: '16' }, {}, next, 3000],
    [
      'next',
      { next: '16' },
      { 'next.config.ts': "export default wrap({ output: 'standalone' })" },
      ['node', '.next/standalone/server.js'],
      3000,
    ],
    [
      'next',
      { next: '16' },
      { 'next.config.js': "module.exports = { output: 'export' }" },
      undefined,
      undefined,
    ],
    ['nuxt', { nuxt: '4' }, {}, ['node', '.output/server/index.mjs'], 3000],
    [
      'remix',
      { '@remix-run/serve': '2' },
      {},
      ['node', 'node_modules/@remix-run/serve/dist/cli.js', './build/server/index.js'],
      3000,
    ],
    [
      'react-router',
      { '@react-router/serve': '7' },
      {},
      ['node', 'node_modules/@react-router/serve/bin.js', './build/server/index.js'],
      3000,
    ],
    ['sveltekit', { '@sveltejs/kit': '2', '@sveltejs/adapter-node': '5' }, {}, ['node', 'build'], 3000],
    ['sveltekit', { '@sveltejs/kit': '2', '@sveltejs/adapter-auto': '5' }, {}, undefined, undefined],
    ['astro', { astro: '5', '@astrojs/node': '9' }, {}, ['node', './dist/server/entry.mjs'], 4321],
    ['astro', { astro: '5' }, {}, undefined, undefined],
    ['vite', { vite: '8' }, { 'index.html': '<p>' }, undefined, undefined],
  ])('%s of %j with %j starts %j on %s', async (name, dependencies, files, start, port) => {
    const app = await onlyApp('node', { 'package.json': { dependencies }, ...files })
    expect(app.framework?.value).toBe(name)
    expect(app.start?.value).toEqual(start)
    expect(app.port?.value).toBe(port)
  })

  it('takes the flags of `next start`', async () => {
    const fields = {
      dependencies: { next: '16' },
      scripts: { build: 'next build', start: 'next start -p 4000' },
    }
    const app = await onlyApp('node', { 'package.json': fields })
    expect(app.start?.value).toEqual([...next, '-p', '4000'])
    expect(app.port?.value).toBe(4000)
    expect(app.outputFolder).toBe('.next')
  })

  it('says what serves the files of a browser app', async () => {
    const fields = { devDependencies: { vite: '8' }, scripts: { build: 'vite build', start: 'vite' } }
    const { apps, notes } = await detected({ 'package.json': fields, 'index.html': '<p>' })
    expect(apps[0]).toMatchObject({ stack: 'node', start: null, outputFolder: 'dist' })
    expect(notes).toContain(
      'package.json: vite makes files for a browser, in dist; a file server serves them',
    )
  })
})

describe('the port', () => {
  it.each([
    ['app.listen(4001)', 4001, false],
    ["app.listen('4001')", 4001, false],
    ['app.listen({ port: 4001 })', 4001, false],
    ['const port = 4001\napp.listen(port)', 4001, false],
    ['serve({ fetch: app.fetch, port: 4001 })', 4001, false],
    ['app.listen(process.env.PORT ?? 4001)', 4001, true],
    ['const port = Number(process.env.PORT || 4001)', 4001, true],
    ["const port = parseInt(process.env['PORT'] || '4001', 10)", 4001, true],
    ['const port = process.env.PORT ? Number(process.env.PORT) : 4001', 4001, true],
    ['const { PORT = 4001 } = process.env', 4001, true],
    ['const env = z.object({ PORT: z.coerce.number().int().default(4001) }).parse(process.env)', 4001, true],
    ['const env = cleanEnv(process.env, { PORT: port({ default: 4001 }) })', 4001, true],
    ["const port = config.get('PORT', 4001)", 4001, true],
    ['app.listen(process.env.PORT)', undefined, true],
    ['const fallback = 4001\napp.listen(process.env.PORT || fallback)', 4001, true],
    ['// app.listen(4001)', undefined, false],
    ['app.listen(0)', undefined, false],
    ['app.listen("/tmp/socket")', undefined, false],
    ['events.listen("x", () => 4001)', undefined, false],
    ['this is { no script', undefined, false],
  ])('of %j is %s', async (code, port, readsPort) => {
    const app = await onlyApp('node', { ...withFields({}), 'server.js': code })
    expect([app.port?.value, app.readsPort]).toEqual([port, readsPort])
  })

  it('is looked for in what the start file imports, and no deeper', async () => {
    const files = (deep: string) => ({
      ...withFields({}),
      'server.js': "import './config.js'",
      'config.js':
        deep === ''
          ? "import './deep.js'"
          : "import './deep.js'\nexport const port = process.env.PORT ?? 5000",
      'deep.js': 'listen(process.env.PORT ?? 6000)',
    })
    expect((await onlyApp('node', files('x'))).port?.value).toBe(5000)
    expect((await onlyApp('node', files(''))).port).toBeNull()
  })

  it('is what the script gives', async () => {
    const app = await onlyApp('node', withFields({ scripts: { start: 'PORT=4500 node server.js' } }))
    expect(app.port?.value).toBe(4500)
  })

  it('survives a script that nests without end', async () => {
    for (const part of ['(', '[', '{a:', '!', 'x=>', '`${', 'a?1:']) {
      const app = await onlyApp('node', { ...withFields({}), 'server.js': part.repeat(100_000) })
      expect(app.port).toBeNull()
    }
  })
})

describe('what an install needs', () => {
  it('maps scripts by the names people give them', async () => {
    const scripts = {
      ...{
        build: 'tsc',
        start: 'node a.js',
        'start:prod': 'node b.js',
        lint: 'eslint .',
        'type-check': 'tsc --noEmit',
      },
      ...{ test: 'vitest', 'test:integration': 'vitest -c i', 'test:e2e': 'playwright test' },
    }
    const app = await onlyApp('node', { 'package.json': { scripts } })
    expect(app.scripts).toEqual({
      build: 'build',
      start: 'start:prod',
      lint: 'lint',
      types: 'type-check',
      test: 'test',
      integration: 'test:integration',
      'end-to-end': 'test:e2e',
    })
  })

  it('does not take the placeholder of npm init for tests', async () => {
    const scripts = { start: 'node a.js', test: 'echo "Error: no test specified" && exit 1' }
    expect((await onlyApp('node', { 'package.json': { scripts } })).scripts).toEqual({ start: 'start' })
  })

  it.each([
    [{ postinstall: 'node scripts/patch.js' }, {}, true],
    [{ prepare: 'husky' }, {}, false],
    [{ postinstall: 'prisma generate' }, {}, false],
    [{ prepare: 'husky && npm run build' }, {}, true],
    [{}, { own: 'file:./own' }, true],
    [{}, { own: '^1.0.0' }, false],
  ])('of scripts %j and dependencies %j: source %s', async (scripts, dependencies, needs) => {
    const app = await onlyApp(
      'node',
      withFields({ scripts: { start: 'node server.js', ...scripts }, dependencies }),
    )
    expect(app.installNeedsSource).toBe(needs)
  })

  it('lists the files that an install reads', async () => {
    const app = await onlyApp('node', {
      ...withFields({ dependencies: { '@prisma/client': '6' } }),
      '.npmrc': '',
      'prisma/schema.prisma': 'datasource db {\n  provider = "postgresql"\n}\n',
      'patches/a.patch': '',
    })
    expect(app.installFiles).toEqual(['.npmrc', 'patches', 'prisma'])
    expect(app.services).toEqual([
      {
        value: 'postgres',
        from: { file: 'prisma/schema.prisma', line: 2, says: 'its provider is postgresql' },
      },
    ])
    expect(app.hasDependencies).toBe(true)
  })

  it('knows the servers by their clients, in production only', async () => {
    const dependencies = { pg: '8', mysql2: '3', mongoose: '9', ioredis: '5', amqplib: '1' }
    const app = await onlyApp('node', withFields({ dependencies, devDependencies: { redis: '5' } }))
    expect(app.services.map(({ value }) => value)).toEqual([
      'postgres',
      'mysql',
      'mongodb',
      'redis',
      'rabbitmq',
    ])
    expect((await onlyApp('node', withFields({ devDependencies: { redis: '5' } }))).services).toEqual([])
  })
})

describe('a workspace', () => {
  const workspace = {
    'package.json': {
      name: 'all',
      private: true,
      workspaces: ['apps/*', 'packages/{ui,list}', '!apps/old'],
      devDependencies: { turbo: '2' },
    },
    'package-lock.json': '{}',
    'turbo.json': '{}',
    '.nvmrc': '24',
    'apps/web/package.json': { name: '@all/web', dependencies: { next: '16' } },
    'apps/api/package.json': { name: '@all/api', scripts: { start: 'node server.js' } },
    'apps/api/server.js': server,
    'apps/old/package.json': { scripts: { start: 'node old.js' } },
    'packages/ui/package.json': { name: '@all/ui', main: 'index.js', dependencies: { react: '19' } },
    'packages/ui/index.js': 'module.exports = 1',
  }

  it('has its apps, and not its libraries', async () => {
    const { apps, notes, questions } = await detected(workspace)
    expect(apps.map((app) => [app.name, app.folder])).toEqual([
      ['api', 'apps/api'],
      ['web', 'apps/web'],
      ['old', 'apps/old'],
    ])
    expect(questions).toEqual([])
    expect(notes).toContain('there is a turbo.json: turbo runs the scripts of this repository')
    expect(apps[0]).toMatchObject({
      workspaceRoot: '.',
      packageManager: { value: 'npm', from: { file: 'package-lock.json' } },
      lockfiles: ['../../package-lock.json'],
      version: { value: '24', from: { file: '.nvmrc' } },
      port: { value: 3000, from: { file: 'apps/api/server.js', line: 1 } },
    })
    // Left out of the workspace, and so on its own.
    expect(apps[2]).toMatchObject({ workspaceRoot: null, lockfiles: [] })
  })

  it('of pnpm is read from its own file', async () => {
    const { apps } = await detected({
      'package.json': { private: true },
      'pnpm-workspace.yaml': 'packages:\n  - "sites/**"\n  - "../outside"\n',
      'pnpm-lock.yaml': "lockfileVersion: '9.0'\n",
      'sites/deep/er/package.json': { name: 'er', scripts: { start: 'node a.js' } },
    })
    expect(apps).toMatchObject([
      { folder: 'sites/deep/er', workspaceRoot: '.', packageManager: { value: 'pnpm' } },
    ])
  })

  it('is no app itself for what it installs for its apps', async () => {
    const { apps } = await detected({
      'package.json': { workspaces: ['apps/*'], dependencies: { next: '16' } },
      'apps/web/package.json': { name: 'web', dependencies: { next: '16' } },
    })
    expect(apps.map(({ folder }) => folder)).toEqual(['apps/web'])
  })

  it('leaves a package with a lockfile of its own alone', async () => {
    const { apps } = await detected({ ...workspace, 'apps/api/yarn.lock': '' })
    expect(apps.find(({ name }) => name === 'api')).toMatchObject({
      workspaceRoot: null,
      packageManager: { value: 'yarn-classic' },
      lockfiles: ['yarn.lock'],
    })
  })
})

it('reads package.json5, and notes a package.json that is broken', async () => {
  const app = await onlyApp('node', {
    'package.json5': "// ours\n{ name: 'five', scripts: { start: 'node a.js' }, }",
  })
  expect(app.name).toBe('five')
  const { apps, notes } = await detect(folderWith({ 'package.json': '{ "name": ' }))
  expect(apps).toEqual([])
  expect(notes[0]).toMatch(/^package\.json is no JSON: /)
})
