import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { configJsonSchema, editorSchema } from '../packages/sluice/src/config/json-schema.ts'
import { referencePage } from '../packages/sluice/src/config/reference.ts'

/* Writes what is made from the schema of sluice.yaml. A unit test fails when these files are stale. */

const root = fileURLToPath(new URL('..', import.meta.url))

mkdirSync(`${root}docs/reference`, { recursive: true })
writeFileSync(`${root}docs/reference/sluice-yaml.md`, referencePage(configJsonSchema()))
writeFileSync(`${root}packages/sluice/schema.json`, JSON.stringify(editorSchema(), null, 2))
// Laid out as the linter wants it, which JSON.stringify does not know.
execFileSync(`${root}node_modules/.bin/biome`, ['format', '--write', 'packages/sluice/schema.json'], {
  cwd: root,
})
console.log('wrote docs/reference/sluice-yaml.md and packages/sluice/schema.json')
