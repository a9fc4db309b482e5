import { basename } from 'node:path'
import { expect, it } from 'vitest'
import { whyNoGo } from '../lab/images.ts'
import { expectUp, goModule, goServer, goVersion, newApp, newApps } from './new-apps.ts'
import { openYard, type Yard } from './yard.ts'

for (const { missing, name, ...app } of newApps) {
  if (missing !== null) console.log(`skipped: a new app of ${name}: ${missing}`)

  it.skipIf(missing !== null)(
    `a new app of ${name} is up after sluice init --yes and sluice deploy`,
    async () => {
      const yard = await openYard()
      try {
        await newApp(yard, app)
        const written = await yard.sluice(['init', '--yes'])
        expect(written.code, written.out + written.err).toBe(0)
        await expectUp(yard, app)
        expect((await yard.sluice(['init', '--check'])).code).toBe(0)
      } finally {
        await yard.close()
      }
    },
  )
}

it('two apps of one workspace are up, each by its own folder, with what they share', async () => {
  const yard = await openYard()
  try {
    const app = (name: string) => ({
      [`apps/${name}/package.json`]: JSON.stringify({
        name,
        type: 'module',
        scripts: { build: 'node build.js', start: 'node dist/server.js' },
        dependencies: { '@shop/words': '*' },
      }),
      [`apps/${name}/build.js`]:
        "import { cpSync } from 'node:fs'\ncpSync('src', 'dist', { recursive: true })\n",
      [`apps/${name}/src/server.js`]: `import { createServer } from 'node:http'
import { word } from '@shop/words'
const server = createServer((_, response) => response.end(\`\${word} from ${name}\`)).listen(process.env.PORT ?? 3000)
process.once('SIGTERM', () => server.close())
`,
    })
    await newApp(yard, {
      files: {
        'package.json': JSON.stringify({ name: 'shop', private: true, workspaces: ['apps/*', 'packages/*'] }),
        'packages/words/package.json': JSON.stringify({
          name: '@shop/words',
          version: '1.0.0',
          type: 'module',
          exports: './words.js',
        }),
        'packages/words/words.js': "export const word = 'hello'\n",
        ...app('web'),
        ...app('api'),
        '.gitignore': 'node_modules\ndist\n',
      },
      prepare: [['npm', 'install', '--package-lock-only', '--no-audit', '--no-fund']],
    })
    await expectMembersUp(yard, { 'apps/web': 'hello from web', 'apps/api': 'hello from api' })
  } finally {
    await yard.close()
  }
})

const noGo = await whyNoGo()
if (noGo !== null) console.log(`skipped: two apps of one go.work: ${noGo}`)

it.skipIf(noGo !== null)('two apps of one go.work are up, each with the module that they share', async () => {
  const yard = await openYard()
  try {
    const app = (name: string) => ({
      [`${name}/go.mod`]: goModule(`shop/${name}`),
      [`${name}/main.go`]: goServer(`words.Hello + " from ${name}"`, ['example.com/shop/words']),
    })
    await newApp(yard, {
      files: {
        'go.work': `go ${goVersion}\n\nuse (\n\t./web\n\t./api\n\t./words\n)\n`,
        'words/go.mod': goModule('shop/words'),
        'words/words.go': 'package words\n\nconst Hello = "hello"\n',
        ...app('web'),
        ...app('api'),
      },
      prepare: [],
    })
    await expectMembersUp(yard, { web: 'hello from web\n', api: 'hello from api\n' })
  } finally {
    await yard.close()
  }
})

/** That `sluice init` writes what deploys each of these folders, and what its app then answers. */
async function expectMembersUp(yard: Yard, members: Record<string, string>): Promise<void> {
  const written = await yard.sluice(['init', '--yes'])
  expect(written.code, written.out + written.err).toBe(0)
  for (const [folder, says] of Object.entries(members)) {
    const { code, out, err } = await yard.sluice(['deploy', folder, '--env', 'production'])
    expect(code, out + err).toBe(0)
    const { environments } = await yard.status()
    const { url } = environments.find((one) => one.app === basename(folder))!
    expect((await yard.get('/', { host: new URL(url).hostname })).text).toBe(says)
  }
}
