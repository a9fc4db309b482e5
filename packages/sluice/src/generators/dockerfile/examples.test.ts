import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { lintDockerfile } from './lint.ts'
import { simulate } from './simulate.ts'

const examples = new URL('../../../../../examples/', import.meta.url).pathname

it.each(['node', 'express', 'go', 'static', 'python-django'])(
  'the Dockerfile of examples/%s keeps every rule, and what it starts is there',
  (name) => {
    const folder = join(examples, name)
    const context = {
      files: readdirSync(folder, { recursive: true, encoding: 'utf8' }),
      dockerignore: readFileSync(join(folder, '.dockerignore'), 'utf8'),
      commands: ['gunicorn'],
    }
    const text = readFileSync(join(folder, 'Dockerfile'), 'utf8')
    expect(lintDockerfile(text, context)).toEqual([])
    expect(simulate(text, context)).toEqual([])
  },
)
