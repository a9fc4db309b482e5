import { describe, expect, it } from 'vitest'
import { detected } from './folder.fixture.ts'

/** Of each app, by its folder, what of its code lies elsewhere. */
async function elsewhereIn(files: Record<string, string | object>): Promise<Record<string, string[]>> {
  const { apps } = await detected(files)
  return Object.fromEntries(apps.map(({ folder, codeElsewhere }) => [folder, codeElsewhere]))
}

function go(name: string, ...imports: string[]): string {
  const lines = imports.map((path) => `\t"${path}"\n`).join('')
  const listens = imports.includes('net/http') ? '\thttp.ListenAndServe(":8080", nil)\n' : ''
  return `package ${name}\n\nimport (\n${lines})\n\nfunc main() {\n${listens}}\n`
}

describe('the code of an app that its own folder does not hold', () => {
  it('is in Go the files of the packages that its program imports', async () => {
    const found = await elsewhereIn({
      'go.mod': 'module example.com/shop\n\ngo 1.26\n',
      'cmd/api/main.go': go('main', 'net/http', 'example.com/shop/internal/prices'),
      'cmd/worker/main.go': go('main', 'net/http', 'example.com/shop/internal/jobs'),
      'internal/prices/prices.go': go('prices', 'example.com/shop/internal/store'),
      'internal/prices/prices_test.go': go('prices'),
      'internal/store/store.go': go('store'),
      'internal/jobs/jobs.go': go('jobs'),
    })
    expect(found).toEqual({
      'cmd/api': ['../../internal/prices/prices.go', '../../internal/store/store.go'],
      'cmd/worker': ['../../internal/jobs/jobs.go'],
    })
  })

  it('is in Go that of other modules too', async () => {
    const found = await elsewhereIn({
      'go.work': 'go 1.26\n\nuse ./api\nuse ./words\n',
      'api/go.mod': 'module example.com/shop/api\n\ngo 1.26\n',
      'api/main.go': go('main', 'net/http', 'example.com/shop/words', 'example.com/shop/api/own'),
      'api/own/own.go': go('own'),
      'words/go.mod': 'module example.com/shop/words\n\ngo 1.26\n',
      'words/words.go': go('words'),
      'words/more/more.go': go('more'),
    })
    expect(found).toEqual({ api: ['../words/words.go'] })
  })

  it('is in a workspace of npm the packages that it runs with, and those that these run with', async () => {
    const member = (name: string, more: object) => ({ name: `@shop/${name}`, ...more })
    const found = await elsewhereIn({
      'package.json': { name: 'shop', workspaces: ['apps/*', 'packages/*'] },
      'package-lock.json': { lockfileVersion: 3, packages: {} },
      'apps/api/package.json': member('api', {
        scripts: { start: 'node server.js' },
        dependencies: { '@shop/prices': '*', express: '^5.0.0' },
        devDependencies: { '@shop/rules': '*' },
      }),
      'apps/site/package.json': member('site', { scripts: { start: 'node server.js' } }),
      'packages/prices/package.json': member('prices', { dependencies: { '@shop/store': '*' } }),
      // Each needs the other.
      'packages/store/package.json': member('store', { dependencies: { '@shop/prices': '*' } }),
      'packages/rules/package.json': member('rules', {}),
    })
    expect(found).toEqual({ 'apps/api': ['../../packages/prices', '../../packages/store'], 'apps/site': [] })
  })

  it('is in a workspace of uv the members that it installs, and never the one that holds it', async () => {
    const project = (name: string, ...dependencies: string[]) =>
      `[project]\nname = "${name}"\nversion = "1"\ndependencies = ${JSON.stringify(dependencies)}\n`
    const found = await elsewhereIn({
      'pyproject.toml': `${project('shop')}\n[tool.uv.workspace]\nmembers = ["apps/*", "packages/*"]\n`,
      'uv.lock': 'version = 1\n',
      'apps/api/pyproject.toml': project('api', 'flask', 'gunicorn', 'shop', 'prices'),
      'apps/api/app.py': 'from flask import Flask\napp = Flask(__name__)\n',
      'packages/prices/pyproject.toml': project('prices', 'store'),
      'packages/store/pyproject.toml': project('store'),
      'packages/other/pyproject.toml': project('other'),
    })
    expect(found).toMatchObject({ 'apps/api': ['../../packages/prices', '../../packages/store'] })
  })
})
