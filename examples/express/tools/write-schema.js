import { writeFileSync } from 'node:fs'
import { declared } from '../src/settings.js'

// JSON is YAML. A test says when this has to be run again: npm run schema
const schema = declared.toJsonSchema({ mode: 'production' })
writeFileSync(new URL('../env.schema.yaml', import.meta.url), `${JSON.stringify(schema, null, 2)}\n`)
