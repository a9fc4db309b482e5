import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { comparePaired, conditions, type Side, tableOf } from './paired.ts'

// What reading alone takes on a repository of 5,000 files and 600 commits, beside one search of the same files by grep.

const ROUNDS = 5
const FOLDERS = 50
const FILES = 100
/** About 8 kB a file. */
const FUNCTIONS = 55
const COMMITS = 600
const FILES_CHANGED = 5

const run = promisify(execFile)
const sluice = fileURLToPath(new URL('../packages/sluice/bin/sluice.js', import.meta.url))

const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
try {
  const app = join(folder, 'app')
  await writeRepository(app)
  const ours = timed(`sluice check, ${FOLDERS * FILES} files, ${COMMITS} commits`, process.execPath, [
    sluice,
    'check',
    app,
  ])
  const peer = timed('grep -rE, one secret', 'grep', ['-rE', '--exclude-dir=.git', 'AKIA[0-9A-Z]{16}', app])
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

/** JavaScript as people write it, in a git repository whose newest commits each change some of the files. */
async function writeRepository(root: string): Promise<void> {
  await mkdir(root, { recursive: true })
  const manifest = { name: 'big', scripts: { start: 'node src/0/0.js' }, dependencies: { express: '^5' } }
  const files: [path: string, text: string][] = [
    ['package.json', JSON.stringify(manifest)],
    ['sluice.yaml', 'app: big\nrun: { command: node src/0/0.js }\n'],
  ]
  for (let file = 0; file < FOLDERS * FILES; file++) files.push([pathOf(file), codeOf(file, 0)])
  const commits = [commitOf(0, files)]
  for (let at = 1; at < COMMITS; at++) {
    const changed = Array.from({ length: FILES_CHANGED }, (_, one) => (at * FILES_CHANGED + one) * 7)
    const those = changed.map((file) => file % (FOLDERS * FILES))
    commits.push(
      commitOf(
        at,
        those.map((file) => [pathOf(file), codeOf(file, at)]),
      ),
    )
  }
  const git = (...words: string[]) => run('git', ['-C', root, ...words], { maxBuffer: 2 ** 26 })
  await git('init', '--quiet', '--initial-branch=main')
  const importing = git('fast-import', '--quiet')
  importing.child.stdin!.end(commits.join(''))
  await importing
  await git('reset', '--quiet', '--hard')
}

function pathOf(file: number): string {
  return `src/${Math.floor(file / FILES)}/${file % FILES}.js`
}

/** As `git fast-import` reads it. */
function commitOf(at: number, files: [path: string, text: string][]): string {
  const sized = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`
  const head = `commit refs/heads/main\ncommitter A <a@example.com> ${1_700_000_000 + at * 3_600} +0000\n${sized(`change ${at}`)}`
  return `${head}${files.map(([path, text]) => `M 100644 inline ${path}\n${sized(text)}`).join('')}\n`
}

/** A file in twenty reads the environment. */
function codeOf(file: number, change: number): string {
  const reads = file % 20 === 0 ? "process.env.VALUE ?? 'none'" : "'none'"
  const lines = Array.from(
    { length: FUNCTIONS },
    (_, at) =>
      `export function f${at}(a, b) {\n  const list = [a, b, ${at}].map((one) => one * ${at})\n  return { list, name: 'n${at}', value: ${at === 0 ? reads : `'${at === 1 ? change : 'x'}'`} }\n}`,
  )
  return `${lines.join('\n')}\n`
}
