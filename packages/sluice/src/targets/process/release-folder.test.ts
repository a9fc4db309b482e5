import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { presenceOf } from '../../host/process-identity.ts'
import { processOf } from '../../host/process-table.ts'
import type { ArtifactRequest } from '../target.ts'
import { launch, readIdentity } from './launcher.ts'
import { copyRelease, prepareRelease, readRelease } from './release-folder.ts'
import { until } from './test-world.fixture.ts'

let home: string
let request: ArtifactRequest

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sluice-release-'))
  const from = join(home, 'app')
  await mkdir(from)
  await writeFile(join(from, 'server.js'), 'one')
  request = { from, releaseFolder: join(home, 'releases/r7'), build: null, data: [] }
})

afterEach(() => rm(home, { recursive: true, force: true }))

const build = (command: string, more = {}) => ({ command, env: {}, timeoutMs: 10_000, ...more })
/** A zombie is gone too: who collects it is not for us to say. */
const isGone = (pid: number) => processOf(pid)?.isZombie ?? true
const log = () => readFile(join(request.releaseFolder, 'build.log'), 'utf8')

test('copies, builds in the copy, and is complete', async () => {
  request.build = build('cat server.js && echo "built in $STAGE" > built.txt', { env: { STAGE: 'test' } })
  const files = await prepareRelease(request)
  expect(files).toMatchObject({ files: 1, bytes: 3, folder: join(request.releaseFolder, 'files') })
  expect(await readFile(join(files.folder, 'built.txt'), 'utf8')).toBe('built in test\n')
  expect(await log()).toBe('one')
  expect(await readdir(request.from)).toEqual(['server.js'])
  expect(await readRelease(request.releaseFolder)).toEqual(files)
})

test('builds once, however often it is asked', async () => {
  request.build = build('echo x >> times.txt')
  const first = await prepareRelease(request)
  await writeFile(join(request.from, 'server.js'), 'two')
  expect(await prepareRelease(request)).toEqual(first)
  expect(await readFile(join(first.folder, 'times.txt'), 'utf8')).toBe('x\n')
  expect(await readFile(join(first.folder, 'server.js'), 'utf8')).toBe('one')
})

test('starts anew where a crash has left a release half done', async () => {
  await mkdir(join(request.releaseFolder, 'files'), { recursive: true })
  await writeFile(join(request.releaseFolder, 'files/half.js'), '')
  const { folder } = await prepareRelease(request)
  expect(await readdir(folder)).toEqual(['server.js'])
})

test('a build that fails shows its exit code and its last lines, and leaves nothing but its log', async () => {
  request.build = build('seq 1 30; echo "no such module" >&2; exit 4')
  await expect(prepareRelease(request)).rejects.toMatchObject({
    code: 'BUILD_FAILED',
    message: '"seq 1 30; echo "no such module" >&2; exit 4" exited with code 4',
    details: [...Array.from({ length: 19 }, (_, i) => String(i + 12)), 'no such module'],
  })
  expect(await readdir(request.releaseFolder)).toEqual(['build.log'])
  expect(await readRelease(request.releaseFolder)).toBeNull()
})

test('a build that takes too long is ended with all its children', async () => {
  request.build = build('sleep 60 & echo $! ; sleep 60', { timeoutMs: 300 })
  await expect(prepareRelease(request)).rejects.toThrow('was not done after 0.3 s and was ended')
  const child = Number(await log())
  expect(isGone(child)).toBe(true)
})

test('a build can be given up', async () => {
  const giveUp = new AbortController()
  request.build = build('echo begun; sleep 60', { signal: giveUp.signal })
  const preparing = prepareRelease(request)
  preparing.catch(() => {})
  await until(async () => (await log().catch(() => '')) === 'begun\n')
  giveUp.abort()
  await expect(preparing).rejects.toThrow('was ended before it was done')
})

test('what a build leaves running is ended before the release is complete', async () => {
  request.build = build('sleep 60 & echo $!')
  await prepareRelease(request)
  const child = Number(await log())
  expect(isGone(child)).toBe(true)
})

test('a build that outlived a crash of ours is ended before another one begins', async () => {
  const folder = request.releaseFolder
  await mkdir(join(folder, 'files'), { recursive: true })
  const log = join(folder, 'build.log')
  await launch({ folder, command: 'sleep 60', cwd: join(folder, 'files'), env: {}, stdout: log, stderr: log })
  await until(async () => (await readIdentity(folder)) !== null)
  const orphan = (await readIdentity(folder))!
  await prepareRelease({ ...request, build: build('true') })
  expect(presenceOf(orphan)).toBe('ended')
})

test('a build does not see the secrets of whoever started Sluice', async () => {
  process.env.SLUICE_TEST_SECRET = 'do-not-tell'
  try {
    request.build = build('env')
    await prepareRelease(request)
    expect(await log()).not.toContain('do-not-tell')
    expect(await log()).toMatch(/^PATH=.*files\/node_modules\/\.bin:/m)
  } finally {
    delete process.env.SLUICE_TEST_SECRET
  }
})

test('what an app keeps is linked into its release and left out of the copy', async () => {
  await mkdir(join(request.from, 'public/uploads'), { recursive: true })
  await writeFile(join(request.from, 'public/uploads/cat.jpg'), '')
  const outside = join(home, 'data/uploads')
  const { folder } = await prepareRelease({ ...request, data: [['public/uploads', outside]] })
  await writeFile(join(folder, 'public/uploads/dog.jpg'), '')
  expect(await readlink(join(folder, 'public/uploads'))).toBe(outside)
  expect(await readdir(outside)).toEqual(['dog.jpg'])
})

test('a release is copied for another environment as it was built, with data of its own', async () => {
  await writeFile(join(request.from, '.gitignore'), 'node_modules/\n')
  request.build = build(
    'mkdir node_modules && echo x > node_modules/x.js && ln -s /bin/sh shell && ln -s server.js main.js',
  )
  const [first, second] = [join(home, 'data/staging'), join(home, 'data/production')]
  const built = await prepareRelease({ ...request, data: [['uploads', first]] })
  await writeFile(join(built.folder, 'uploads/cat.jpg'), '')
  const releaseFolder = join(home, 'releases/r7-production')
  const copy = {
    built: request.releaseFolder,
    releaseFolder,
    data: [['uploads', second] as [string, string]],
  }
  const copied = await copyRelease(copy)
  expect(copied).toMatchObject({ digest: built.digest, folder: join(releaseFolder, 'files') })
  expect(await readFile(join(copied.folder, 'node_modules/x.js'), 'utf8')).toBe('x\n')
  expect(await readlink(join(copied.folder, 'shell'))).toBe('/bin/sh')
  expect(await readlink(join(copied.folder, 'main.js'))).toBe('server.js')
  expect(await readdir(join(copied.folder, 'uploads'))).toEqual([])
  expect(await readlink(join(built.folder, 'uploads'))).toBe(first)
  expect(await copyRelease(copy)).toEqual(copied)
  await expect(copyRelease({ ...copy, built: home, releaseFolder: join(home, 'x') })).rejects.toThrow(
    'no complete release',
  )
})

test('what a build makes where data is kept is not hidden in silence', async () => {
  request.build = build('mkdir uploads && touch uploads/seed.jpg')
  const data: [string, string][] = [['uploads', join(home, 'data')]]
  await expect(prepareRelease({ ...request, data })).rejects.toMatchObject({ code: 'SNAPSHOT_FAILED' })
  request.build = build('mkdir uploads')
  await prepareRelease({ ...request, data })
})

test('data outside the folder is refused', async () => {
  await expect(prepareRelease({ ...request, data: [['../x', join(home, 'data')]] })).rejects.toThrow(
    'not a path inside',
  )
})
