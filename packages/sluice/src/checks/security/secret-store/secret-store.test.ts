import { expect, it } from 'vitest'
import { found } from '../../look.fixture.ts'
import { secretStore } from './secret-store.ts'

const config = (env: string, environment = 'production') => ({
  'sluice.yaml': `app: shop\nrun: { command: node server.js }\nenvironments:\n  ${environment}:\n    target: process\n    env:\n      ${env}\n`,
})
const map = (data: string) => ({
  'kubernetes/map.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shop }\ndata:\n  ${data}\n`,
})
const secret = (data: string) => ({
  'kubernetes/secret.yaml': `apiVersion: v1\nkind: Secret\nmetadata: { name: shop }\n${data}\n`,
})
const deployment = (env: string) => ({
  'kubernetes/app.yaml': `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: shop }\nspec:\n  template:\n    spec:\n      containers:\n        - name: app\n          env:\n            - { name: API_KEY, ${env} }\n`,
})
const image = (line: string) => ({ Dockerfile: `FROM node:24\n${line}\nCMD ["node", "server.js"]\n` })

it.each([
  ['a value that is read from a file', config('API_KEY: { file: /run/secrets/key }')],
  ['values that are no secrets', config('LOG_LEVEL: info')],
  ['names that only speak of secrets', config('TOKEN_ISSUER: https://id.example\n      PASSWORD_MIN: 12')],
  ['a database on this machine', config('DATABASE_URL: postgres://app:app@127.0.0.1:5432/app')],
  ['a reference to a Secret', deployment('valueFrom: { secretKeyRef: { name: shop, key: k } }')],
  [
    'a secret that was encrypted',
    { ...secret('stringData: { k: "ENC[AES256,data:x]" }'), ...map('LEVEL: info') },
  ],
  ['a secret to be filled in', { ...secret('stringData: { k: "<fill in>" }'), ...map('LEVEL: info') }],
  ['a secret that is mounted for the build', image('RUN --mount=type=secret,id=npm npm ci')],
  [
    'words for a laptop in a compose file',
    { ...image(''), 'compose.yaml': 'services:\n  db:\n    environment: { POSTGRES_PASSWORD: app }\n' },
  ],
])('passes with %s', async (_, files) => {
  expect(await found(secretStore, files)).toMatchObject({ status: 'pass' })
})

it.each([
  ['a secret by its name', config('API_KEY: abc123def'), 'API_KEY is a secret by its name', 7],
  [
    'an address with a password',
    config('DATABASE_URL: postgres://app:hunter2@db.example/app'),
    'DATABASE_URL holds an address',
    7,
  ],
  ['a ConfigMap', map('SESSION_SECRET: abc123def'), 'SESSION_SECRET', 5],
  ['a Secret', secret('data:\n  k: aHVudGVyMg=='), 'k of the Secret shop', 5],
  ['a literal value in a container', deployment('value: abc123def'), 'API_KEY', 10],
  ['a variable of the image', image('ENV API_KEY=abc123def'), 'ENV API_KEY', 2],
  ['a file in the image', image('COPY .env /app/.env'), '.env is copied', 2],
  [
    'a compose file for production',
    { 'compose.prod.yaml': 'services:\n  app:\n    environment:\n      - API_KEY=abc123def\n' },
    'API_KEY',
    4,
  ],
])('fails with %s, and shows no value', async (_, files, says, line) => {
  const finding = await found(secretStore, files)
  expect(finding).toMatchObject({ status: 'fail', evidence: [{ line }] })
  expect(finding.says).toContain(says)
  expect(JSON.stringify(finding)).not.toMatch(/abc123def|hunter2/)
})

it('takes the word of the env schema for what is a secret', async () => {
  const schema = 'type: object\nproperties:\n  GREETING: { x-secret: true }\n'
  const finding = await found(secretStore, { ...config('GREETING: hello'), 'env.schema.yaml': schema })
  expect(finding.status).toBe('fail')
})

it('only warns of what developers start it with', async () => {
  expect((await found(secretStore, config('API_KEY: abc123def', 'development'))).status).toBe('warn')
  const { 'kubernetes/map.yaml': text } = map('API_KEY: abc123def')
  expect((await found(secretStore, { 'kubernetes/overlays/dev/map.yaml': text })).status).toBe('warn')
})

const template = (env: string) => ({
  'chart/templates/app.yaml': `apiVersion: apps/v1
kind: Deployment
{{- if .Values.x }}
  env:
    - name: API_KEY
      ${env}
{{- end }}
`,
})

it('lets a template be that only refers to Secrets', async () => {
  const finding = await found(secretStore, template('valueFrom: { secretKeyRef: {{ toYaml .Values.key }} }'))
  expect(finding.status).toBe('pass')
})

it('does not know what a template is filled in with, or what nothing says', async () => {
  expect(await found(secretStore, template('value: {{ .Values.key }}'))).toMatchObject({
    status: 'unknown',
    evidence: [{ says: 'API_KEY is filled in with a value that cannot be read', line: 5 }],
  })
  expect((await found(secretStore, {})).status).toBe('unknown')
  expect((await found(secretStore, { 'sluice.yaml': 'app: [\n' })).status).toBe('unknown')
  expect((await found(secretStore, { 'compose.prod.yaml': 'services: [\n' })).status).toBe('unknown')
})
