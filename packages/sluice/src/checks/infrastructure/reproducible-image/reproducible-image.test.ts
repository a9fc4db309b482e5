import { expect, it } from 'vitest'
import { found } from '../../look.fixture.ts'
import { pinOf } from './pin.ts'
import { reproducibleImage } from './reproducible-image.ts'

const digest = `sha256:${'a'.repeat(64)}`
const asProcess = 'app: shop\nrun: { command: node server.js }\nbuild: { command: COMMAND }\n'

it.each([
  [`node:24-slim@${digest}`, 'digest'],
  ['scratch', 'digest'],
  ['node:24-slim', 'tag'],
  ['registry.example.com:5000/shop:v1.2', 'tag'],
  ['gcr.io/distroless/static-debian13:nonroot', 'tag'],
  ['debian:bookworm-slim', 'tag'],
  ['node:bookworm-slim', 'floating'],
  ['registry.example.com:5000/shop', 'floating'],
  ['node:latest', 'floating'],
  ['node:lts-alpine', 'floating'],
  ['node:$VERSION', 'unresolved'],
])('takes %s for pinned by %s', (image, pin) => {
  expect(pinOf(image)).toBe(pin)
})

it('passes with digests and an install that obeys the lockfile', async () => {
  const finding = await found(reproducibleImage, {
    Dockerfile: `ARG BASE=node:24@${digest}\nFROM $BASE AS build\nRUN npm ci\nFROM $BASE\nCOPY --from=build /app /app\n`,
  })
  expect(finding.status).toBe('pass')
  expect(finding.evidence).toContainEqual({
    says: 'installs by the lockfile',
    file: 'Dockerfile',
    line: 3,
    method: 'static',
  })
})

it('warns of a version without a digest, and does not block', async () => {
  const finding = await found(reproducibleImage, { Dockerfile: 'FROM node:24-slim\nRUN npm ci\n' })
  expect(finding).toMatchObject({
    status: 'warn',
    says: 'node:24-slim has a version and no digest',
    isBlocking: false,
  })
})

it.each([
  ['a base without a version', 'FROM node:latest\nRUN npm ci\n', 'node:latest is another image tomorrow'],
  ['an install beside the lockfile', 'FROM node:24\nRUN npm install\n', 'npm install does not keep to'],
  [
    'files of an image without a version',
    'FROM node:24\nCOPY --from=ghcr.io/astral-sh/uv:latest /uv /bin/\n',
    'uv:latest is another image',
  ],
  [
    'a builder without a version',
    '# syntax=docker/dockerfile\nFROM node:24\n',
    'the builder docker/dockerfile',
  ],
])('fails with %s', async (_, Dockerfile, says) => {
  const finding = await found(reproducibleImage, { Dockerfile })
  expect(finding).toMatchObject({ status: 'fail', isBlocking: true })
  expect(finding.says).toContain(says)
})

it('does not know an image that an ARG without a default decides', async () => {
  const finding = await found(reproducibleImage, { Dockerfile: 'ARG BASE\nFROM $BASE\n' })
  expect(finding.status).toBe('unknown')
})

it('fails without a Dockerfile, but for an app that runs as a process', async () => {
  expect((await found(reproducibleImage, {})).status).toBe('fail')
  const files = (command: string) => ({
    'sluice.yaml': asProcess.replace('COMMAND', command),
    'package.json': { name: 'shop', engines: { node: '24' }, scripts: { start: 'node server.js' } },
  })
  const locked = await found(reproducibleImage, files('npm ci'))
  expect(locked).toMatchObject({
    status: 'pass',
    evidence: [{ file: 'package.json' }, { file: 'sluice.yaml', line: 3 }],
  })
  expect((await found(reproducibleImage, files('npm install'))).status).toBe('fail')
})

it('warns of a process whose runtime may be any', async () => {
  const files = { 'sluice.yaml': asProcess.replace('COMMAND', 'npm ci') }
  expect((await found(reproducibleImage, files)).says).toContain('which version of its runtime')
})
