import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseEnvSchema } from '../config/env-schema.ts'
import type { VariableUse } from '../detect/facts.ts'
import { envDocs } from './env-docs.ts'
import { envExample } from './env-example.ts'
import { envSchema } from './env-schema.ts'
import { nodeApp, read, requestFor } from './facts.fixture.ts'

function generated(...variables: VariableUse[]) {
  const { files, notes } = envSchema.generate(
    requestFor(nodeApp(), { variables: { variables, dynamic: [], unread: [] } }),
  )
  return { content: files[0]?.content ?? '', notes }
}

describe('the env schema of what code reads', () => {
  it('can be read by a person', () => {
    const { content } = generated(
      read('API_TOKEN'),
      read('GREETING'),
      read('NODE_ENV'),
      read('RETRIES', '3'),
      read('VERBOSE', 'false'),
    )
    expect(content.split('\n').slice(3)).toEqual([
      'type: object',
      'required: [API_TOKEN, GREETING]',
      'properties:',
      '  API_TOKEN:',
      '    type: string',
      '    description: Read in server.js.',
      '    x-secret: true',
      '  GREETING:',
      '    type: string',
      '    description: Read in server.js.',
      '  NODE_ENV:',
      '    type: string',
      '    enum: [development, test, production]',
      '    description: Read in server.js.',
      '    default: production',
      '  RETRIES:',
      '    type: integer',
      '    description: Read in server.js.',
      '    default: 3',
      '  VERBOSE:',
      '    type: boolean',
      '    description: Read in server.js.',
      '    default: false',
      '',
    ])
  })

  it('says what has to be set before a deploy, and how not to', () => {
    const { notes } = generated(read('GREETING'), read('RETRIES', '3'))
    expect(notes).toEqual([
      expect.stringMatching(/^GREETING is read without a fallback.*take it out of "required"/),
    ])
  })

  it.each(['DATABASE_URL', 'JWT_SECRET', 'STRIPE_API_KEY', 'SENTRY_DSN', 'SMTP_PASSWORD', 'GITHUB_WEBHOOK'])(
    'never shows the fallback of %s, which is a secret by its name',
    (name) => {
      expect(generated(read(name, 'hunter2')).content).not.toContain('hunter2')
    },
  )

  it('leaves out what Sluice and the machine give', () => {
    expect(generated(read('PORT', '3000'), read('HOME'), read('npm_package_version')).content).toBe('')
  })

  it('is one that Sluice reads, whatever the code says', () => {
    const name = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,20}$/)
    fc.assert(
      fc.property(fc.dictionary(name, fc.option(fc.string())), (all) => {
        const { content } = generated(...Object.entries(all).map(([key, fallback]) => read(key, fallback)))
        if (content !== '')
          expect(parseEnvSchema(content, 'env.schema.yaml').variables.size).toBeGreaterThan(0)
      }),
    )
  })
})

const schema = parseEnvSchema(
  `
type: object
required: [GREETING, TOKEN]
properties:
  GREETING: { description: "First word | of the page.", minLength: 1 }
  TOKEN: { x-secret: true, minLength: 32, description: For the shop. }
  MODE: { enum: [a, b], default: a }
  WORDS: { default: "two words" }
  KEY: { x-phase: build }
`,
  'env.schema.yaml',
)

describe('what is made of an env schema', () => {
  it('is an example whose secrets are empty and whose defaults are shown', () => {
    expect(envExample(schema).split('\n').slice(2)).toEqual([
      '',
      '# First word | of the page.',
      '# required, not empty',
      'GREETING=',
      '',
      '# For the shop.',
      '# required, at least 32 characters, secret',
      'TOKEN=',
      '',
      '# optional, one of a, b',
      '# MODE=a',
      '',
      '# optional',
      '# WORDS="two words"',
      '',
      '# optional, for the build',
      'KEY=',
      '',
    ])
  })

  it('is a table', () => {
    expect(envDocs(schema).split('\n')).toEqual([
      '| variable | meaning | wanted | required | default | secret | phase |',
      '| --- | --- | --- | --- | --- | --- | --- |',
      '| `GREETING` | First word \\| of the page. | not empty | yes |  | no | runtime |',
      '| `TOKEN` | For the shop. | at least 32 characters | yes |  | yes | runtime |',
      '| `MODE` |  | one of a, b | no | `a` | no | runtime |',
      '| `WORDS` |  | text | no | `two words` | no | runtime |',
      '| `KEY` |  | text | no |  | no | build |',
      '',
    ])
  })
})
