import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { comparePaired, conditions, type Side, tableOf } from './paired.ts'

// What reading alone takes on a repository of 5,000 files, beside one search of the same files by grep.

const ROUNDS = 5
const FOLDERS = 50
const FILES = 100
/** About 8 kB a file. */
const FUNCTIONS = 55

const run = promisify(execFile)
const sluice = fileURLToPath(new URL('../packages/sluice/bin/sluice.js', import.meta.url))

const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
try {
  const app = join(folder, 'app')
  await writeRepository(app)
  const ours = timed(`sluice check, ${FOLDERS * FILES} files`, process.execPath, [sluice, 'check', app])
  const peer = timed('grep -rE, one secret', 'grep', ['-rE', 'AKIA[0-9A-Z]{16}', app])
  console.log(
    `${conditions(new Date())}\n\n${tableOf([await comparePaired({ unit: 'ms', ours, peer, rounds: ROUNDS })])}`,
  )
} finally {
  await rm(folder, { recursive: true, force: true })
}

/** From the start of the program until it has ended, in milliseconds. Both end with a code that says what they found. */
function timed(name: string, program: string, args: string[]): Side {
  return {
    name,
    async run() {
      const startedMs = performance.now()
      const env = { ...process.env, SLUICE_HOME: join(folder, 'home') }
      const { code } = await run(program, args, { env, maxBuffer: 2 ** 26 }).then(
        () => ({ code: 0 }),
        (error: { code?: unknown }) => ({ code: error.code }),
      )
      // 1: grep has found nothing. 3 and 14: something blocks, as in every repository that nobody has made ready.
      if (![0, 1, 3, 14].includes(code as number)) throw new Error(`${name} ended with ${code}`)
      return performance.now() - startedMs
    },
  }
}

/** JavaScript as people write it; a file in twenty reads the environment. */
async function writeRepository(root: string): Promise<void> {
  for (let at = 0; at < FOLDERS; at++) {
    await mkdir(join(root, 'src', String(at)), { recursive: true })
    for (let file = 0; file < FILES; file++)
      await writeFile(join(root, 'src', String(at), `${file}.js`), codeOf(file))
  }
  const manifest = { name: 'big', scripts: { start: 'node src/0/0.js' }, dependencies: { express: '^5' } }
  await writeFile(join(root, 'package.json'), JSON.stringify(manifest))
  await writeFile(join(root, 'sluice.yaml'), 'app: big\nrun: { command: node src/0/0.js }\n')
}

function codeOf(file: number): string {
  const reads = file % 20 === 0 ? "process.env.VALUE ?? 'none'" : "'none'"
  const lines = Array.from(
    { length: FUNCTIONS },
    (_, at) =>
      `export function f${at}(a, b) {\n  const list = [a, b, ${at}].map((one) => one * ${at})\n  return { list, name: 'n${at}', value: ${at === 0 ? reads : "'x'"} }\n}`,
  )
  return `${lines.join('\n')}\n`
}
