import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

/*
 * Packs the libraries for apps as they are published: compiled, with declarations, and without tests.
 * In the repository their `exports` name the source, which Node runs as it is; in a package that has to be JavaScript.
 *
 *   node scripts/pack-libraries.ts FOLDER      where the .tgz files go
 */

const root = join(import.meta.dirname, '..')
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')

/** Compiles and packs one of them; the path of its .tgz. */
export function packLibrary(name: string, into: string): string {
  const own = join(root, 'packages', name)
  const work = mkdtempSync(join(tmpdir(), 'pack-'))
  try {
    compile(own, work)
    const manifest = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8'))
    const exports = Object.fromEntries(
      Object.entries<string>(manifest.exports).map(([door, source]) => [door, compiled(source)]),
    )
    writeFileSync(join(work, 'package.json'), `${JSON.stringify({ ...manifest, exports }, null, 2)}\n`)
    cpSync(join(own, 'README.md'), join(work, 'README.md'))
    cpSync(join(root, 'LICENSE'), join(work, 'LICENSE'))
    mkdirSync(into, { recursive: true })
    const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', resolve(into)], {
      cwd: work,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return join(resolve(into), fileNameIn(packed))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function compile(own: string, work: string): void {
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      ...{ noEmit: false, declaration: true, rootDir: join(own, 'src'), outDir: join(work, 'dist') },
      // What a maintained Node knows, and types that an app of any kind can read.
      ...{ target: 'es2022', types: ['node'], typeRoots: [join(root, 'node_modules/@types')] },
    },
    include: [join(own, 'src/**/*.ts')],
    exclude: [join(own, 'src/**/*.test.ts'), join(own, 'src/**/*.fixture.ts')],
  }
  const file = join(work, 'tsconfig.json')
  writeFileSync(file, JSON.stringify(config))
  execFileSync(process.execPath, [tsc, '-p', file], { stdio: 'inherit' })
  rmSync(file)
}

/** `./src/express.ts` as it is published. */
function compiled(source: string): { types: string; default: string } {
  const base = source.replace('./src/', './dist/').replace(/\.ts$/, '')
  return { types: `${base}.d.ts`, default: `${base}.js` }
}

// npm 11 answers with a list, later ones with a map by name.
function fileNameIn(answer: string): string {
  const [packed] = Object.values(JSON.parse(answer)) as { filename: string }[]
  return packed!.filename
}

if (import.meta.main) {
  const into = process.argv[2]
  if (into === undefined) throw new Error('say where to: node scripts/pack-libraries.ts FOLDER')
  for (const name of ['env', 'health']) console.log(packLibrary(name, into))
}
