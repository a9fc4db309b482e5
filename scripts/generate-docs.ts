import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { checksPage } from '../packages/sluice/src/checks/reference.ts'
import { configJsonSchema, editorSchema } from '../packages/sluice/src/config/json-schema.ts'
import { referencePage } from '../packages/sluice/src/config/reference.ts'

/* Writes what is made from the schema of sluice.yaml, and from the checks. A unit test fails when these files are stale. */

const root = fileURLToPath(new URL('..', import.meta.url))

mkdirSync(`${root}docs/reference`, { recursive: true })
writeFileSync(`${root}docs/reference/sluice-yaml.md`, referencePage(configJsonSchema()))
writeFileSync(`${root}docs/reference/checks.md`, checksPage())
writeFileSync(`${root}packages/sluice/schema.json`, JSON.stringify(editorSchema(), null, 2))
// Laid out as the linter wants it, which JSON.stringify does not know.
execFileSync(`${root}node_modules/.bin/biome`, ['format', '--write', 'packages/sluice/schema.json'], {
  cwd: root,
})
console.log('wrote docs/reference/sluice-yaml.md, docs/reference/checks.md and packages/sluice/schema.json')
