import { expect, it } from 'vitest'
import { found, lookAt } from '../../look.fixture.ts'
import { secrets } from './secrets.ts'

// In parts, so that no scanner takes this file for a leak.
const aws = `AKIA${'Q3EGRZ7KTWYX2MNP'}`
const github = `ghp_${'zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ'}0mLq17`
const madeUp = `ghp_${'aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5'}`
const drawn = '9fK2mQx7Lp4Zt8Rw3Vb6Nc1Y'
const key = `-----BEGIN ${'PRIVATE KEY'}-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ\n`
const token = (payload: object) =>
  `${[{ alg: 'HS256', typ: 'JWT' }, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.dBjftJeZ4CVPmB92K27uhbUJU1p1r0wW1gFWFOEjXk`

it.each([
  ['a key of AWS', { 'src/a.js': `x\nconst id = '${aws}'\n` }, 'src/a.js', 2],
  [
    'a token in a workflow',
    { '.github/workflows/a.yml': `env:\n  T: ${madeUp}\n` },
    '.github/workflows/a.yml',
    2,
  ],
  ['a real token in a test', { 'test/a.test.js': `'${github}'` }, 'test/a.test.js', 1],
  ['a private key', { 'certs/key.pem': key }, 'certs/key.pem', 1],
  ['a token that is still good', { 'a.js': `'${token({ sub: 'shop' })}'` }, 'a.js', 1],
  [
    'a connection with its password',
    { 'a.js': "db('postgres://shop:Winter-2026@db.shop.io/shop')" },
    'a.js',
    1,
  ],
  ['a value of a secret name in settings', { 'config.yaml': `a: 1\napiKey: ${drawn}\n` }, 'config.yaml', 2],
  ['a value in .env', { '.env': `SESSION_SECRET="${drawn}"\n` }, '.env', 1],
  [
    "Django's key",
    { 'shop/settings.py': "SECRET_KEY = 'k3!x9@v7w-2pq8zr5t1y6u4i0o'\n" },
    'shop/settings.py',
    1,
  ],
  ['an argument of the image', { Dockerfile: 'FROM node:24\nARG NPM_TOKEN\n' }, 'Dockerfile', 2],
  [
    'a password in a ConfigMap',
    {
      'k8s/a.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata:\n  DB_PASSWORD: Winter-2026\n',
    },
    'k8s/a.yaml',
    5,
  ],
])('fails with %s', async (_, files, file, line) => {
  expect(await found(secrets, files)).toMatchObject({ status: 'fail', evidence: [{ file, line }] })
})

it('does not know when there are files that it could not look at', async () => {
  const look = await lookAt({})
  const files = { ...look.files, unread: ['data: the folder cannot be opened (EACCES)'] }
  expect(secrets.static!({ ...look, files })).toMatchObject({
    status: 'unknown',
    says: 'not all was searched: data: the folder cannot be opened (EACCES)',
  })
})

it('never shows the value', async () => {
  const url = "'postgres://shop:Winter-2026@db.shop.io/shop'"
  const finding = await found(secrets, {
    'a.js': `'${github}'`,
    'b.js': url,
    '.env': `API_KEY=${drawn}\n`,
  })
  expect(finding.evidence.map(({ says }) => says)).toEqual([
    'a value of API_KEY, *** of 24 characters',
    'a token of GitHub, ghp_*** of 40 characters',
    'a connection with its password, *** of 11 characters',
  ])
  expect(JSON.stringify(finding)).not.toMatch(/zQWB|9fK2|Winter/)
})

it.each([
  [
    'stand-ins',
    { '.env': 'API_KEY=your-api-key-goes-here-123\nDB_PASSWORD=changeme\nTOKEN=${VAULT_TOKEN}\n' },
  ],
  ['the example of AWS', { 'README.md': 'AKIAIOSFODNN7EXAMPLE', 'a.js': "'AKIAIOSFODNN7EXAMPLE'" }],
  ['a made-up token in a test', { 'src/a.test.ts': `'${madeUp}'` }],
  [
    'keys and databases of tests',
    { 'test/key.pem': key, 'test/db.js': "'postgres://a:Winter-2026@db.shop.io/x'" },
  ],
  ['a program that reads keys', { 'a.js': "if (text.startsWith('-----BEGIN PRIVATE KEY-----')) read(text)" }],
  [
    'databases of this machine',
    {
      'compose.yaml': 'DATABASE_URL: postgres://shop:shop@postgres:5432/shop\n',
      'a.js': "'redis://x:Winter-2026@localhost'",
    },
  ],
  ['a token that has expired', { 'a.js': `'${token({ exp: 1_600_000_000 })}'` }],
  [
    'references to secrets',
    {
      'ci.yaml':
        'token: ${{ secrets.DEPLOY_TOKEN }}\nsecret_key: arn:aws:secretsmanager:eu-1:123:secret:shop\n',
    },
  ],
  [
    'the web key of Firebase',
    {
      'a.js': `{ apiKey: 'AIza${'SyD3kQ9xLm2Zt8Rw4Vb7Nc1YpHf6Gj0Ks5T'}', authDomain: 'shop.firebaseapp.com' }`,
    },
  ],
  ['what is encrypted', { 'secrets.yaml': `token: ENC[AES256_GCM,data:${drawn}]\nsops: {}\n` }],
  [
    'switches in a ConfigMap',
    {
      'a.yaml':
        'apiVersion: v1\nkind: ConfigMap\ndata: { PASSWORD_RESET: enabled-for-all, API_TOKEN_URL: https://a.b }\n',
    },
  ],
  ['an example of an environment', { '.env.example': `API_KEY=${drawn}\n` }],
  ['settings for development', { 'shop/settings/dev.py': "SECRET_KEY = 'k3!x9@v7w-2pq8zr5t1y6u4i0o'\n" }],
  ['a lockfile', { 'package-lock.json': { token: drawn } }],
])('does not take %s for a secret', async (_, files) => {
  expect(await found(secrets, files)).toMatchObject({ status: 'pass' })
})

it.each([
  ['a comment on its line', { 'a.js': `const id = '${aws}' // sluice: not a secret\n` }],
  [
    'a comment above it',
    { Dockerfile: '# hadolint has it too\nFROM node:24\n# sluice: not a secret\nARG NPM_TOKEN\n' },
  ],
  ['a fingerprint of gitleaks', { 'a.js': `'${aws}'`, '.gitleaksignore': 'a.js:aws-access-token:1\n' }],
  [
    'a reviewed entry of detect-secrets',
    {
      'a.js': `'${aws}'`,
      '.secrets.baseline': {
        results: {
          'a.js': [{ hashed_secret: 'e53a602c68647b8fdcbd4614b60149f2996861af', is_secret: false }],
        },
      },
    },
  ],
])('lets a place pass that somebody has looked at, by %s', async (_, files) => {
  expect((await found(secrets, files)).status).toBe('pass')
})
