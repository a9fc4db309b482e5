import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { freePort } from '../../packages/sluice/src/host/free-port.ts'
import { command } from '../lab/command.ts'

const root = new URL('../../', import.meta.url).pathname
const guide = join(root, 'docs/guide/from-zero.md')

/** A block of the page: a file to be written, or commands and what they answer. */
type Block = { file: string; text: string } | { command: string; answer: string[] }[]

let folder: string
let port: number
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zero-'))
  port = await freePort()
})
afterEach(async () => {
  await run('sluice down --drain 0s')
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
})

it('every command of the page answers what the page says', async () => {
  await mkdir(join(folder, 'shop'))
  await mkdir(join(folder, 'bin'))
  const bin = join(folder, 'bin/sluice')
  await writeFile(
    bin,
    `#!/bin/sh\nexec ${process.execPath} ${join(root, 'packages/sluice/bin/sluice.js')} "$@"\n`,
  )
  await chmod(bin, 0o755)
  const blocks = blocksOf(await readFile(guide, 'utf8'))
  expect(blocks.length).toBeGreaterThan(6)
  for (const block of blocks) {
    if ('file' in block) await writeFile(join(folder, 'shop', block.file), block.text)
    else
      for (const { command, answer } of block)
        expect(likePage(await run(command), answer), command).toEqual(answer.map(plain))
  }
})

async function run(line: string): Promise<string[]> {
  const env = {
    ...process.env,
    PATH: [join(folder, 'bin'), process.env.PATH].join(delimiter),
    SLUICE_HOME: join(folder, 'home'),
    SLUICE_LISTEN: String(port),
    NO_COLOR: '1',
  }
  const here = line.replaceAll(':8080', `:${port}`).replace(/^curl /, 'curl --noproxy "*" ')
  const { out, err } = await command('bash', ['-c', here], {
    env,
    cwd: join(folder, 'shop'),
    limitMs: 120_000,
  })
  return `${out}${err}`
    .split('\n')
    .filter((text) => text !== '' && !/^(npm warn|! No agent was running)/.test(text))
}

/** What was answered, with what a page leaves out where it says `…`. */
function likePage(found: string[], answer: string[]): string[] {
  const shown: string[] = []
  let at = 0
  for (const [index, line] of answer.entries()) {
    if (line !== '…') {
      shown.push(plain(found[at] ?? '(nothing more)'))
      at += 1
      continue
    }
    shown.push('…')
    const next = answer[index + 1]
    const skipped =
      next === undefined
        ? found.length
        : found.findIndex((text, from) => from >= at && plain(text) === plain(next))
    at = skipped < 0 ? at : skipped
  }
  return [...shown, ...found.slice(at).map(plain)]
}

/** Without what is another one every time: times, sizes, ids, ports, places. */
function plain(line: string): string {
  return line
    .replaceAll(/\d+(\.\d+)? s\b/g, 'N s')
    .replaceAll(/ {2,}/g, '  ')
    .replaceAll(/\b[0-9a-f]{8}\b/g, 'ID')
    .replaceAll(/from \S+, \d+ files, \S+ [kM]B/g, 'from HERE')
    .replaceAll(/localhost:\d+/g, 'localhost:PORT')
}

function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm)].map(([, , file, text = '']) =>
    file === undefined ? commandsOf(text) : { file, text },
  )
}

function commandsOf(text: string): { command: string; answer: string[] }[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((one) => {
      const [command = '', ...answer] = one.split('\n')
      return { command, answer: answer.filter((line) => line !== '') }
    })
}
