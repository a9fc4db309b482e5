import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { packLibrary } from '../scripts/pack-libraries.ts'

const example = join(import.meta.dirname, '../examples/express')
const remedy = 'node scripts/pack-libraries.ts examples/express/vendor, then npm install in examples/express'

it.each(['env', 'health'])('examples/express has @sluice/%s as it is now', (name) => {
  const fresh = filesIn(packLibrary(name, folder()))
  const vendored = filesIn(join(example, `vendor/sluice-${name}-0.1.0.tgz`))
  expect(vendored, remedy).toEqual(fresh)
})

it.each(['env', 'health'])('the lockfile of examples/express has the sum of @sluice/%s', (name) => {
  const { packages } = JSON.parse(readFileSync(join(example, 'package-lock.json'), 'utf8'))
  const { resolved, integrity } = packages[`node_modules/@sluice/${name}`]
  const archive = readFileSync(join(example, resolved.replace('file:', '')))
  expect(integrity, remedy).toBe(`sha512-${createHash('sha512').update(archive).digest('base64')}`)
})

// By their content: another npm may compress and date them in another way.
function filesIn(archive: string): Record<string, string> {
  const into = folder()
  execFileSync('tar', ['-xzf', archive, '-C', into])
  const paths = readdirSync(into, { recursive: true, encoding: 'utf8' }).sort()
  return Object.fromEntries(
    paths
      .filter((path) => statSync(join(into, path)).isFile())
      .map((path) => [path, readFileSync(join(into, path), 'utf8')]),
  )
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'vendored-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}
