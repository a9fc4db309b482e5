import { spawnSync } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { commanded } from '../lab/command.ts'
import type { Engine } from '../lab/engine.ts'
import { debianImage, goImage, nodeBuildImage, pythonImage, whyNoGo, whyNoPython } from '../lab/images.ts'
import type { Yard } from './yard.ts'

/** An app as somebody begins it: nothing of Sluice's is in its folder. */
export interface NewApp {
  name: string
  /** What this machine lacks for it; null: nothing. */
  missing: string | null
  files: Record<string, string>
  /** What a person does in the folder before. */
  prepare: string[][]
  /** Stand-ins for the images that its Dockerfile begins with. */
  bases(engine: Engine): Promise<unknown>
  says: string
  /** Its image differs from another's in nothing that an image knows, or takes minutes to build. */
  isOnlyProcess?: true
}

const nodeApp = (
  dependency: string,
  code: string,
): Pick<NewApp, 'files' | 'prepare' | 'bases' | 'missing'> => ({
  missing: null,
  files: {
    'package.json': JSON.stringify({
      name: 'shop',
      type: 'module',
      scripts: { start: 'node server.js' },
      dependencies: { [dependency]: 'latest' },
    }),
    'server.js': code,
  },
  prepare: [['npm', 'install', '--package-lock-only', '--no-audit', '--no-fund']],
  bases: (engine) => nodeBuildImage(engine, 'node:26-slim'),
})

/** A go.mod, of the Go that is here. */
export function goModule(name: string): string {
  return `module example.com/${name}\n\ngo ${goVersion}\n`
}

/** A program in Go that answers with the value of an expression. */
export function goServer(answer: string, imported: string[] = []): string {
  const imports = ['fmt', 'net/http', 'os', 'os/signal', 'syscall', ...imported].map(
    (path) => `\t"${path}"\n`,
  )
  return `package main

import (
${imports.join('')})

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM)
	go func() { <-asked; os.Exit(0) }()
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, ${answer}) })
	http.ListenAndServe(":"+port, nil)
}
`
}

const leave = "process.on('SIGTERM', () => process.exit(0))"
export const goVersion = /go(\d+\.\d+)/.exec(String(spawnSync('go', ['env', 'GOVERSION']).stdout))?.[1]

export const newApps: NewApp[] = [
  {
    name: 'Express',
    ...nodeApp(
      'express',
      `import express from 'express'
const app = express()
app.get('/readyz', (request, response) => response.send('ok'))
app.get('/', (request, response) => response.send('hello from express'))
app.listen(process.env.PORT ?? 3000)
${leave}
`,
    ),
    says: 'hello from express',
  },
  {
    name: 'Fastify',
    ...nodeApp(
      'fastify',
      `import Fastify from 'fastify'
const app = Fastify()
app.get('/healthz', async () => 'ok')
app.get('/', async () => 'hello from fastify')
await app.listen({ port: Number(process.env.PORT ?? 3000), host: '0.0.0.0' })
${leave}
`,
    ),
    says: 'hello from fastify',
    isOnlyProcess: true,
  },
  {
    name: 'Next',
    ...nodeApp('next', ''),
    // As create-next-app leaves it, without the fonts that it fetches from elsewhere.
    files: {
      'package.json': JSON.stringify({
        name: 'shop',
        version: '0.1.0',
        private: true,
        scripts: { dev: 'next dev', build: 'next build', start: 'next start' },
        // The newest whose compiler can be had for every platform, as a lockfile names them all.
        dependencies: { next: '16.4.5', react: '^19.0.0', 'react-dom': '^19.0.0' },
      }),
      'next.config.mjs': 'export default {}\n',
      'app/layout.js':
        'export default function Layout({ children }) {\n  return <html lang="en"><body>{children}</body></html>\n}\n',
      'app/page.js': 'export default function Home() {\n  return <h1>hello from next</h1>\n}\n',
      '.gitignore': '/node_modules\n/.next/\n/out/\n.env*\n',
    },
    says: 'hello from next',
    isOnlyProcess: true,
  },
  {
    name: 'Go',
    missing: await whyNoGo(),
    files: {
      'go.mod': goModule('shop'),
      'main.go': goServer('"hello from go"'),
    },
    prepare: [],
    bases: async (engine) => {
      await goImage(engine, `golang:${goVersion}`)
      await debianImage(engine, 'gcr.io/distroless/static-debian13:nonroot')
    },
    says: 'hello from go',
  },
  {
    name: 'Django',
    missing: whyNoPython(),
    files: { 'requirements.txt': 'django~=5.2\n' },
    prepare: [
      ['python3', '-m', 'venv', '.venv'],
      ['.venv/bin/pip', 'install', '--quiet', '-r', 'requirements.txt'],
      ['.venv/bin/django-admin', 'startproject', 'shop', '.'],
    ],
    bases: (engine) => pythonImage(engine, 'python:3.14-slim'),
    says: 'The install worked successfully',
  },
]

/** A folder of its own in place of the example that the yard brings. */
export async function newApp(
  yard: Yard,
  { files, prepare }: Pick<NewApp, 'files' | 'prepare'>,
): Promise<void> {
  await rm(yard.app, { recursive: true })
  for (const [path, text] of Object.entries({ '.gitignore': '.venv\nnode_modules\n', ...files })) {
    await mkdir(dirname(join(yard.app, path)), { recursive: true })
    await writeFile(join(yard.app, path), text)
  }
  for (const [program, ...args] of prepare)
    await commanded(program!, args, { cwd: yard.app, limitMs: 120_000 })
}

/** That a deploy brings it up. */
export async function expectUp(yard: Yard, { says }: Pick<NewApp, 'says'>): Promise<void> {
  const { code, out, err } = await yard.sluice(['deploy', '--env', 'production'])
  expect(code, out + err).toBe(0)
  const { environments } = await yard.status()
  const host = new URL(environments[0]!.url).hostname
  const answer = await yard.get('/', { host })
  expect(answer.status).toBe(200)
  expect(answer.text).toContain(says)
}
