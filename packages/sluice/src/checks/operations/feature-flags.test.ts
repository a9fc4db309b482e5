import { expect, it } from 'vitest'
import { found } from '../look.fixture.ts'
import { featureFlags } from './feature-flags.ts'

it('passes with a library that asks for flags', async () => {
  const dependencies = { '@openfeature/server-sdk': '^1.0.0' }
  const files = { 'package.json': { name: 'shop', scripts: { start: 'node server.js' }, dependencies } }
  expect((await found(featureFlags, files)).status).toBe('pass')
})

it('warns where there are no flags, or flags that nothing reads', async () => {
  expect((await found(featureFlags, {})).says).toContain('there are no flags')
  const file = { 'flags.json': { flags: { checkout: { state: 'ENABLED', variants: { on: true } } } } }
  expect(await found(featureFlags, file)).toMatchObject({
    status: 'warn',
    evidence: [{ file: 'flags.json' }],
  })
})

it('does not take the environment for flags, since it changes only with a restart', async () => {
  const dependencies = { '@openfeature/env-var-provider': '^1.0.0' }
  const files = { 'package.json': { name: 'shop', scripts: { start: 'node server.js' }, dependencies } }
  expect((await found(featureFlags, files)).status).toBe('warn')
})
