import { parseEnv } from 'node:util'
import { describe, expect, it } from 'vitest'
import { defineEnv } from './define-env.ts'
import { choice, list, port, text, url } from './kinds/index.ts'

describe('.env.example', () => {
  it('is in the order of the definition, with docs as comments and secrets without a value', () => {
    const declared = defineEnv({
      PORT: port({ default: 3000, docs: 'Where to listen.\nGiven by Sluice.' }),
      DATABASE_URL: url({
        secret: true,
        docs: 'Where orders are kept.',
        example: 'postgres://user@host/shop',
      }),
      LEVEL: choice(['debug', 'info'], { default: 'info', defaults: { development: 'debug' } }),
      KEY: text({ secret: true, defaults: { test: 'only for tests' } }),
      GREETING: text({ example: 'Hello', phase: 'build' }),
      OLD: text({ optional: true, deprecated: { use: 'PORT' } }),
    })
    expect(declared.toExample()).toBe(`# Where to listen.
# Given by Sluice.
# Wanted: a whole number from 1 to 65535. Default: 3000.
PORT=3000

# Where orders are kept.
# Wanted: a URL such as https://host/path. Secret. Example: postgres://user@host/shop
DATABASE_URL=

# Wanted: one of debug, info. Default: info, debug (development).
LEVEL=

# Wanted: text. Secret.
KEY=

# Wanted: text. For the build. Example: Hello
GREETING=Hello

# Wanted: text. Optional. Deprecated: use PORT.
OLD=
`)
  })

  it.each(['a b', 'a#b', "it's", '"', '$HOME', 'a\\nb', 'a\nb', "'$\\", ' a ', 'a=b'])(
    'is read back by Node as it was: %j',
    (value) => {
      const declared = defineEnv({ A: text({ default: value }), B: list({ default: ['x'] }) })
      expect(parseEnv(declared.toExample())).toEqual({ A: value, B: 'x' })
    },
  )
})
