import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const required = { DATABASE_URL: 'postgres://db/shop', JWT_SECRET: 's'.repeat(32), GREETING: 'Hello' }

// The repository's own Node, which reads TypeScript, whichever runs the tests.
const node = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url))
const app = fileURLToPath(new URL('./app.fixture.ts', import.meta.url))

function start(env: Record<string, string>, how: 'parse' | 'parseOrExit') {
  return spawnSync(node, [app, how], { env, encoding: 'utf8', timeout: 20_000 })
}

describe('ENV-02: an app', () => {
  it('starts where all is set', () => {
    expect(start(required, 'parseOrExit')).toMatchObject({ status: 0, stdout: 'Hello on 3000\n', stderr: '' })
  })

  it.each(Object.keys(required))('ends with 78 and the name where %s is missing', (name) => {
    const { [name as keyof typeof required]: _missing, ...others } = required
    const { status, signal, stdout, stderr } = start(others, 'parseOrExit')
    expect({ status, signal, stdout }).toEqual({ status: 78, signal: null, stdout: '' })
    expect(stderr).toMatch(
      new RegExp(`^An environment variable is missing or wrong:\n  ${name}: wanted .*; it is not set`),
    )
    expect(stderr.trimEnd().split('\n')).toHaveLength(2)
  })

  it('that calls parse ends too, and shows no secret', () => {
    const { status, stderr } = start({ ...required, JWT_SECRET: 'hunter2' }, 'parse')
    expect(status).toBe(1)
    expect(stderr).toContain(
      'JWT_SECRET: wanted text of at least 32 characters; found a secret of 7 characters',
    )
    expect(stderr).not.toContain('hunter2')
  })
})
