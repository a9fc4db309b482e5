import { expect, it } from 'vitest'
import { expectUp, newApp, newApps } from './new-apps.ts'
import { openYard } from './yard.ts'

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
    const written = await yard.sluice(['init', '--yes'])
    expect(written.code, written.out + written.err).toBe(0)
    for (const name of ['web', 'api']) {
      const { code, out, err } = await yard.sluice(['deploy', `apps/${name}`, '--env', 'production'])
      expect(code, out + err).toBe(0)
      const { environments } = await yard.status()
      const { url } = environments.find((one) => one.app === name)!
      expect((await yard.get('/', { host: new URL(url).hostname })).text).toBe(`hello from ${name}`)
    }
  } finally {
    await yard.close()
  }
})
