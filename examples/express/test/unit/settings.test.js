import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { declared } from '../../src/settings.js'

test('env.schema.yaml says what the code wants (npm run schema writes it)', () => {
  const written = JSON.parse(readFileSync(new URL('../../env.schema.yaml', import.meta.url), 'utf8'))
  assert.deepEqual(written, declared.toJsonSchema({ mode: 'production' }))
})
