import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openLook } from './open-look.ts'
import { ownMatching } from './own-files.ts'

it('leaves out what is of other apps, of tests and of examples', async () => {
  const root = mkdtempSync(join(tmpdir(), 'sluice-check-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const app = { 'package.json': '{ "scripts": { "start": "node a.js" } }', 'a.js': '' }
  const files: Record<string, string> = {
    '.git/HEAD': '',
    'ops/package.json': '{}',
    ...Object.fromEntries(
      ['shop', 'cart'].flatMap((name) =>
        Object.entries(app).map(([path, text]) => [`apps/${name}/${path}`, text]),
      ),
    ),
    ...Object.fromEntries(
      [
        'ops/a.md',
        'docs/a.md',
        'apps/shop/ops/a.md',
        'apps/shop/tests/a.md',
        'apps/cart/ops/a.md',
        'examples/a.md',
      ].map((path) => [path, '']),
    ),
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const look = await openLook(join(root, 'apps/shop'), { now: 0 })
  expect(ownMatching(look, /\.md$/)).toEqual(['apps/shop/ops/a.md', 'docs/a.md', 'ops/a.md'])
})
