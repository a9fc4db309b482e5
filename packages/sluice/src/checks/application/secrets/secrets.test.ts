import { expect, it } from 'vitest'
import type { Change, History, HistoryEnd } from '../../look/history.ts'
import { type FilesOfApp, found, lookAt } from '../../look.fixture.ts'
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
  expect(await secrets.static!({ ...look, files })).toMatchObject({
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

interface Committed {
  /** A number of one digit; its hash is made of that alone. */
  commit: number
  way?: Change['way']
  path?: string
  text: string
  /** All of the file; null where it cannot be read. */
  file?: string | null
}

const whole: HistoryEnd = { kind: 'whole', commits: 9 }

/** What is found where these were committed, the newest first. */
function foundIn(committed: Committed[], files: FilesOfApp = {}, end = whole) {
  const changes = committed.map(({ commit, way = 'added', path = 'src/old.js', text }, at): Change => {
    return { commit: String(commit).repeat(40), way, path, text, blob: `blob ${at}` }
  })
  const history: History = {
    async read({ isWanted, take }) {
      for (const change of changes) if (isWanted(change.path)) take(change)
      return end
    },
    async textOf(change) {
      const { file, text } = committed[changes.indexOf(change)]!
      return file === undefined ? text : file
    },
  }
  return found(secrets, files, { history: () => history })
}

it('fails with a secret that was taken out again, and names the commit that brought it in', async () => {
  const text = `const token = '${github}'\n`
  const finding = await foundIn([
    { commit: 3, way: 'removed', text },
    { commit: 2, text: `// moved\n${text}`, file: `\n\n// moved\n${text}` },
    { commit: 1, text, file: `'use strict'\n${text}` },
  ])
  expect(finding).toMatchObject({
    status: 'fail',
    says: 'a token of GitHub, ghp_*** of 40 characters, added by commit 1111111 (src/old.js:2) and still in the history',
  })
  expect(finding.evidence).toHaveLength(1)
  expect(JSON.stringify(finding)).not.toContain('zQWB')
})

it('fails with one that was there before all that was read, and names the commit that took it out', async () => {
  const finding = await foundIn([{ commit: 3, way: 'removed', path: '.env', text: `API_KEY=${drawn}\n` }])
  expect(finding.says).toContain('removed by commit 3333333 (.env:1)')
  const text = `API_KEY=${drawn}\n`
  const moved = await foundIn([
    { commit: 3, way: 'removed', path: '.env', text },
    { commit: 2, path: '.env', text },
    { commit: 2, way: 'removed', path: 'config/.env', text },
  ])
  expect(moved.says).toContain('added by commit 2222222 (.env:1)')
})

it('tells of the files first, and of a secret that stands in them only once', async () => {
  const finding = await foundIn(
    [
      { commit: 2, text: `'${github}'` },
      { commit: 1, text: `'${aws}'` },
    ],
    { 'a.js': `'${aws}'` },
  )
  expect(finding.evidence.map(({ says, file }) => [says.includes('commit'), file])).toEqual([
    [false, 'a.js'],
    [true, undefined],
  ])
})

it.each([
  ['in tests', { path: 'test/a.js', text: `'${madeUp}'` }, {}],
  ['in what is installed', { path: 'node_modules/a/index.js', text: `'${aws}'` }, {}],
  ['in a lockfile', { path: 'package-lock.json', text: `"token": "${drawn}"` }, {}],
  [
    'beside what shows that the file is encrypted',
    { path: 'a.yaml', text: `password: ${drawn}\n`, file: `kind: SealedSecret\npassword: ${drawn}\n` },
    {},
  ],
  ['under a mark', { text: `'${aws}'`, file: `// sluice: not a secret\n'${aws}'` }, {}],
  ['where the same is marked now', { text: `'${aws}'` }, { 'a.js': `'${aws}' // gitleaks:allow` }],
  ['at a fingerprint', { text: `'${aws}'` }, { '.gitleaksignore': 'src/old.js:aws:1\n' }],
  [
    'at a fingerprint of its commit',
    { text: `'${aws}'` },
    { '.gitleaksignore': '1111111:src/old.js:aws:1\n' },
  ],
])('lets pass what was committed %s', async (_, committed, files) => {
  expect(await foundIn([{ commit: 1, ...committed }], files)).toMatchObject({
    status: 'pass',
    says: expect.stringContaining('nor in the newest commits (9)'),
  })
})

it('lets pass what was marked later, before it was taken out', async () => {
  const line = `const id = '${aws}'\n`
  const marked = { text: line, file: `// sluice: not a secret\n${line}` }
  expect(
    await foundIn([
      { commit: 2, way: 'removed', ...marked },
      { commit: 1, text: line },
    ]),
  ).toMatchObject({
    status: 'pass',
  })
})

it('takes a fingerprint of one commit for nothing in another', async () => {
  const ignore = { '.gitleaksignore': '2222222:src/old.js:aws:1\n' }
  expect((await foundIn([{ commit: 1, text: `'${aws}'` }], ignore)).status).toBe('fail')
})

it('does not know where the search was cut short, and fails all the same with what it has found', async () => {
  const cut: HistoryEnd = { kind: 'cut', why: 'it was not done after 10 s' }
  expect(await foundIn([], {}, cut)).toMatchObject({
    status: 'unknown',
    says: 'not all of the history was searched: it was not done after 10 s',
  })
  expect((await foundIn([{ commit: 1, text: `'${aws}'` }], {}, cut)).status).toBe('fail')
  expect(await foundIn([{ commit: 1, text: `'${aws}'`, file: null }])).toMatchObject({
    status: 'unknown',
    says: 'not all of the history was searched: src/old.js of 1111111 was not read',
  })
})

it('only warns of a history that was not fetched, and judges a folder without one by its files', async () => {
  expect(await foundIn([], {}, { kind: 'shallow', commits: 1 })).toMatchObject({
    status: 'warn',
    says: expect.stringContaining('git fetch --unshallow'),
  })
  expect(await foundIn([], {}, { kind: 'none', why: 'the folder is in no git repository' })).toMatchObject({
    status: 'pass',
    says: expect.stringContaining('the folder is in no git repository'),
  })
})
