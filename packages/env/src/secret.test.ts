import { format, inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { defineEnv } from './define-env.ts'
import { list, text } from './kinds/index.ts'
import { Secret } from './secret.ts'

describe('ENV-06: a secret', () => {
  const secret = new Secret('hunter2')

  it('is revealed on demand', () => {
    expect(secret.reveal()).toBe('hunter2')
    expect(
      defineEnv({ A: text({ secret: true }) })
        .parse({ A: 'hunter2' })
        .A.reveal(),
    ).toBe('hunter2')
  })

  it.each([
    ['text', String(secret)],
    ['a template string', `${secret}`],
    ['a joined list', [secret, secret].join()],
    ['JSON', JSON.stringify({ secret })],
    ['inspection', inspect({ secret }, { depth: 9, showHidden: true })],
    ['inspection without custom functions', inspect(secret, { customInspect: false, showHidden: true })],
    ['a format', format('%s %o %O %j', secret, secret, secret, secret)],
    ['its keys', JSON.stringify([...Reflect.ownKeys(secret)].map(String))],
    ['a copy', JSON.stringify([{ ...secret }, structuredClone(secret)])],
  ])('does not show in %s', (_where, shown) => {
    expect(shown).not.toContain('hunter2')
  })

  it('is masked in the values of an app', () => {
    const values = defineEnv({ A: text({ secret: true }), B: list({ secret: true }) }).parse({
      A: 'hunter2',
      B: 'hunter2',
    })
    expect(JSON.stringify(values)).toBe('{"A":"[secret]","B":"[secret]"}')
    expect(inspect(values)).toBe('{ A: [secret], B: [secret] }')
  })
})
