import { expect, it } from 'vitest'
import { found } from '../look.fixture.ts'
import { smallImage } from './small-image.ts'

const Dockerfile = `FROM node:24-slim AS build
WORKDIR /app
COPY . .
RUN npm ci --omit=dev
FROM node:24-slim
WORKDIR /app
COPY --from=build /app ./
USER 10001
CMD ["node", "server.js"]
`
const oneStage = 'FROM node:24-slim\nWORKDIR /app\nCOPY . .\nCMD ["node", "server.js"]\n'
const ignored = { '.dockerignore': '.git\n**/.env*\nnode_modules\n' }

it('passes with a stage that runs what another has installed', async () => {
  expect(await found(smallImage, { Dockerfile, ...ignored })).toMatchObject({
    status: 'pass',
    evidence: [{ file: 'Dockerfile' }],
  })
})

it.each([
  [
    'packages for development',
    { Dockerfile: Dockerfile.replace(' --omit=dev', ''), ...ignored },
    'for development',
  ],
  [
    'a secret',
    { Dockerfile: Dockerfile.replace('USER', 'ENV API_TOKEN=abc\nUSER'), ...ignored },
    'ENV API_TOKEN',
  ],
  ['a compiler', { Dockerfile: 'FROM golang:1.27\nCOPY a b\n' }, 'golang:1.27 is for building'],
  ['all of the folder', { Dockerfile: oneStage }, 'no .dockerignore keeps .git out of the image'],
  [
    'an .env',
    { Dockerfile: oneStage, '.dockerignore': '.git\nnode_modules\n' },
    'keeps .env out of the image',
  ],
])('fails with %s', async (_, files, says) => {
  const finding = await found(smallImage, files)
  expect(finding.status).toBe('fail')
  expect(finding.says).toContain(says)
})

it('warns of what only a stage that builds is given', async () => {
  const finding = await found(smallImage, { Dockerfile, '.dockerignore': '.git\nnode_modules\n' })
  expect(finding).toMatchObject({ status: 'warn', says: 'no .dockerignore keeps .env out of the build' })
})

it('wants no ignore file where files are copied by their names', async () => {
  const finding = await found(smallImage, {
    Dockerfile: Dockerfile.replace('COPY . .', 'COPY server.js package*.json ./'),
  })
  expect(finding.status).toBe('pass')
})

it('does not know what an image of somebody else brings', async () => {
  const finding = await found(smallImage, {
    Dockerfile: 'FROM registry.example.com/base:1\nCOPY server.js ./\n',
  })
  expect(finding.status).toBe('unknown')
})

it('does not concern processes', async () => {
  const files = { 'sluice.yaml': 'app: shop\nrun: { command: node server.js }\n' }
  expect((await found(smallImage, files)).status).toBe('na')
})
