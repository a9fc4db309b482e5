// What is published: the source compiled by tsc, and the example that the demo deploys.
import { execFileSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const own = dirname(fileURLToPath(import.meta.url))
const root = join(own, '..', '..')
const tsc = join(
  dirname(createRequire(join(root, 'package.json')).resolve('typescript/package.json')),
  'bin',
  'tsc',
)

for (const folder of ['dist', 'examples']) rmSync(join(own, folder), { recursive: true, force: true })
execFileSync(process.execPath, [tsc, '-p', join(own, 'tsconfig.build.json')], { stdio: 'inherit' })
cpSync(join(root, 'examples', 'node'), join(own, 'examples', 'node'), { recursive: true })
cpSync(join(root, 'LICENSE'), join(own, 'LICENSE'))
