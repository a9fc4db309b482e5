import { expect, it } from 'vitest'
import { found } from '../look.fixture.ts'
import { errorTracking } from './error-tracking.ts'

const uses = (name: string) => ({
  'package.json': `{\n  "name": "shop",\n  "scripts": { "start": "node server.js" },\n  "dependencies": { "${name}": "1.0.0" }\n}\n`,
})
const schema = (variable: string) => ({
  'env.schema.yaml': `type: object\nproperties:\n  ${variable}: { type: string }\n`,
})

it('passes a library whose DSN is declared', async () => {
  const { status, evidence } = await found(errorTracking, {
    ...uses('@sentry/node'),
    ...schema('SENTRY_DSN'),
  })
  expect(status).toBe('pass')
  expect(evidence[0]).toMatchObject({ says: 'depends on @sentry/node', file: 'package.json', line: 4 })
})

it('asks for no DSN where an agent of its own knows where to', async () => {
  expect((await found(errorTracking, uses('newrelic'))).status).toBe('pass')
})

it('fails without one, and without its DSN', async () => {
  expect((await found(errorTracking, uses('express'))).status).toBe('fail')
  expect((await found(errorTracking, { ...uses('@sentry/node'), ...schema('PORT') })).status).toBe('fail')
})

it('does not know where a DSN comes from while nothing is declared', async () => {
  expect((await found(errorTracking, uses('@sentry/node'))).status).toBe('unknown')
})

it('warns of a DSN in the code, without showing it', async () => {
  const code = {
    'instrument.js': `Sentry.init({ dsn: "https://${'a'.repeat(32)}@o1.ingest.sentry.io/1" })\n`,
  }
  const finding = await found(errorTracking, { ...uses('@sentry/node'), ...code })
  expect(finding.status).toBe('warn')
  expect(JSON.stringify(finding)).not.toContain('aaaa')
})

it('knows libraries for Go and Python', async () => {
  const go = {
    'package.json': '',
    'server.js': '',
    'main.go': 'package main\nfunc main() {}\n',
    ...schema('SENTRY_DSN'),
  }
  const module = 'module shop\n\ngo 1.26\n\nrequire github.com/getsentry/sentry-go v0.30.0\n'
  expect((await found(errorTracking, { ...go, 'go.mod': module })).status).toBe('pass')
  const python = {
    'package.json': '',
    'server.js': '',
    'main.py': 'from flask import Flask\napp = Flask(__name__)\n',
  }
  const requirements = { 'requirements.txt': 'flask==3.1.0\nsentry-sdk[flask]==2.0.0\n' }
  expect((await found(errorTracking, { ...python, ...requirements, ...schema('SENTRY_DSN') })).status).toBe(
    'pass',
  )
})
