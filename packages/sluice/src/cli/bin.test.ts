import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'oxc-parser'
import { afterEach, describe, expect, it } from 'vitest'
import { takeLock } from '../host/folder-lock.ts'
import { ownVersion } from './version.ts'

const bin = fileURLToPath(new URL('../../bin/sluice.js', import.meta.url))
const folders: string[] = []

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })))
})

describe('sluice', () => {
  it('says its version', async () => {
    for (const flag of ['--version', '-v']) {
      expect(await runBin(process.execPath, bin, [flag])).toEqual({
        code: 0,
        out: `${ownVersion()}\n`,
        err: '',
      })
    }
  })

  it('says its version without reading the rest of itself', async () => {
    const lonely = await copyOfBin()
    expect(await runBin(process.execPath, lonely, ['--version'])).toMatchObject({ code: 0, out: '1.2.3\n' })
  })

  it('looks without starting anything, and prints no warning of Node', async () => {
    const home = join(await newFolder(), 'home')
    const { code, out, err } = await runBin(process.execPath, bin, ['status', '--home', home])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain('No agent runs')
    expect(existsSync(home)).toBe(false)
  })

  it('refuses Windows with a sentence', async () => {
    const onWindows = importing("Object.defineProperty(process, 'platform', { value: 'win32' })")
    expect(await runBin(process.execPath, bin, ['status'], ['--import', onWindows])).toEqual({
      code: 2,
      out: '',
      err: '✗ Sluice runs on Linux and macOS. On Windows, use it inside WSL.\n',
    })
  })

  it('ends with 2 for words that it does not know', async () => {
    expect(await runBin(process.execPath, bin, ['statsu'])).toMatchObject({ code: 2, out: '' })
  })
})

describe('an agent that finds another one in its home', () => {
  it('leaves with a word and no alarm', async () => {
    const home = await newFolder()
    const lock = takeLock(join(home, 'agent.lock'))
    const { code, out } = await runBin(process.execPath, bin, ['agent', '--home', home])
    lock?.release()
    expect(code).toBe(3)
    expect(JSON.parse(out)).toMatchObject({
      level: 30,
      msg: expect.stringContaining('an agent runs already'),
    })
  })
})

describe('sluice, called by an older Node', () => {
  it('starts itself again under the Node beside it, with arguments and exit code', async () => {
    const lonely = await copyOfBin()
    await nodeBeside(lonely, 'shift\necho "$@"\nexit 10')
    const asOld = ['--import', asOldNode]
    expect(await runBin(process.execPath, lonely, ['deploy', 'x y'], asOld)).toEqual({
      code: 10,
      out: 'deploy x y\n',
      err: '',
    })
  })

  it('passes a signal on, and ends as the other one does', async () => {
    const lonely = await copyOfBin()
    await nodeBeside(lonely, "trap 'exit 12' TERM\necho ready\nfor i in $(seq 500); do sleep 0.02; done")
    const child = spawn(process.execPath, ['--import', asOldNode, lonely, 'deploy'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([12, null])
  })

  it('says what it needs where no newer Node is found', async () => {
    const { code, err } = await runBin(
      process.execPath,
      await copyOfBin(),
      ['deploy'],
      ['--import', asOldNode],
    )
    expect(code).toBe(2)
    expect(err).toMatch(/^✗ Sluice needs Node 24 or newer, and this is v\d+.*\n$/)
  })

  it('is plain enough for a Node of 2020 to read', async () => {
    const { program, errors } = parseSync('sluice.js', await readFile(bin, 'utf8'))
    expect(errors).toEqual([])
    const text = JSON.stringify(program)
    // What came later than that: a syntax error would hide the one clear sentence.
    expect(text).not.toMatch(/"type":"(AwaitExpression|PrivateIdentifier|StaticBlock|ImportAttribute)"/)
    expect(text).not.toMatch(/"operator":"(\?\?=|\|\|=|&&=)"/)
  })
})

const asOldNode = importing(
  "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } })",
)

/** A module that Node can be told to import first. */
function importing(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`
}

/** The bin alone, in a package of version 1.2.3 with nothing else in it. */
async function copyOfBin(): Promise<string> {
  const folder = await newFolder()
  await mkdir(join(folder, 'bin'))
  await writeFile(join(folder, 'package.json'), '{ "version": "1.2.3", "type": "module" }')
  await cp(bin, join(folder, 'bin', 'sluice.js'))
  return join(folder, 'bin', 'sluice.js')
}

/** A shell script in the place of the npm package's Node. */
async function nodeBeside(lonely: string, script: string): Promise<void> {
  const node = join(lonely, '..', '..', 'node_modules', 'node', 'bin', 'node')
  await mkdir(join(node, '..'), { recursive: true })
  await writeFile(node, `#!/bin/sh\n${script}\n`)
  await chmod(node, 0o755)
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sl-'))
  folders.push(folder)
  return folder
}

function runBin(node: string, file: string, words: string[], flags: string[] = []) {
  const { promise, resolve } = Promise.withResolvers<{ code: number; out: string; err: string }>()
  execFile(node, [...flags, file, ...words], { env: { PATH: process.env.PATH } }, (error, out, err) =>
    resolve({ code: error === null ? 0 : Number(error.code), out, err }),
  )
  return promise
}
