import { posix } from 'node:path'
import type { Concluded } from '../facts.ts'
import { short } from '../place.ts'
import { commandsOf } from '../shell-words.ts'
import type { Survey } from '../survey.ts'
import type { Framework } from './framework.ts'
import { lockfilesIn } from './installed-by.ts'
import { inManifest, type Manifest, textField } from './manifest.ts'
import { listeningOf, resolved } from './port.ts'
import { builtFile, type Compiler, sourcesOf } from './typescript.ts'

/** What starts a package, and what is known by that. */
export interface Start {
  command: Concluded<string[]> | null
  /** The file that begins it, as a source, relative to the project. */
  entry: string | null
  /** A port that the command is told: `-p 4000`, `PORT=4000`. */
  port: Concluded<number> | null
}

/** Everything that start is concluded from. */
export interface StartClues {
  survey: Survey
  manifest: Manifest
  framework: Framework | null
  compiler: Compiler | null
  /** Name of the script, from `scriptNames`. */
  script: string | undefined
  hasBuild: boolean
  /** Whether a main file suffices: not in a workspace, where most packages are for the others. */
  isAlone: boolean
}

/** The script that starts it, as a command without a shell; else what its framework starts; else its main file. */
export async function startOf(clues: StartClues): Promise<Start> {
  const { manifest, script, framework } = clues
  const written = script === undefined ? null : fromScript(clues, script, 6)
  if (written?.command) {
    const says = `the script ${script} is ${short(manifest.scripts[script!]!)}`
    const from = inManifest(manifest, ['scripts', script!], says)
    const port =
      written.port === null
        ? null
        : { value: written.port, from: { ...from, says: `${says}: ${written.port}` } }
    const command = { value: written.command, from }
    return { command, entry: entryOf(clues, written.command), port }
  }
  if (framework?.command) {
    const says = `${framework.name.value} is started so`
    const entry = framework.command[1]!.startsWith('node_modules/') ? null : entryOf(clues, framework.command)
    const port = written?.port
      ? { value: written.port, from: inManifest(manifest, ['scripts', script!], 'its script names the port') }
      : null
    return {
      command: {
        value: [...framework.command, ...(written?.more ?? [])],
        from: { ...framework.name.from, says },
      },
      entry,
      port,
    }
  }
  if (framework?.isStatic) {
    clues.survey.note(
      `${manifest.file}: ${framework.name.value} makes files for a browser, in ${framework.outputFolder}; a file server serves them`,
    )
    return { command: null, entry: null, port: null }
  }
  return await fromFiles(clues)
}

/** What Next starts of an output that stands alone. */
const STANDALONE = '.next/standalone/server.js'

interface Written {
  command: string[] | null
  port: number | null
  /** For the framework's own command. */
  more?: string[]
}

const nothing: Written = { command: null, port: null }

function fromScript(clues: StartClues, name: string, depth: number): Written {
  const { survey, manifest } = clues
  const text = manifest.scripts[name]
  if (text === undefined || depth === 0) return nothing
  const commands = commandsOf(text)
  if (commands === null) {
    survey.note(
      `${manifest.file}: the script ${name} needs a shell, and was not taken as the start: ${short(text)}`,
    )
    return nothing
  }
  if (commands.some(([program]) => program === 'cd')) {
    survey.note(`${manifest.file}: the script ${name} starts what is in another folder: ${short(text)}`)
    return nothing
  }
  const first = commands.slice(0, -1).map((words) => words.join(' '))
  if (first.length > 0) {
    survey.note(
      `${manifest.file}: the script ${name} runs ${short(first.join(', '))} first; that is a step of its own`,
    )
  }
  return fromWords(clues, commands.at(-1)!, depth)
}

function fromWords(clues: StartClues, words: string[], depth: number): Written {
  const { survey, manifest } = clues
  const { rest, assigned } = withoutAssignments(words)
  if (assigned.length > 0) {
    const names = assigned.map((one) => one.split('=')[0]).join(', ')
    survey.note(
      `${manifest.file}: its start sets ${names}; set it in sluice.yaml, as the command itself cannot`,
    )
  }
  const given = Number(assigned.find((one) => one.startsWith('PORT='))?.slice('PORT='.length))
  const found = fromProgram(clues, rest, depth)
  return { ...found, port: found.port ?? (isPort(given) ? given : portIn(rest)) }
}

function withoutAssignments(words: string[]): { rest: string[]; assigned: string[] } {
  const assigned: string[] = []
  let at = 0
  const wrappers = ['exec', 'env', 'cross-env', 'cross-env-shell', 'npx', 'pnpx', 'bunx', '--']
  for (; at < words.length; at++) {
    const word = words[at]!
    if (/^[A-Za-z_]\w*=/.test(word)) assigned.push(word)
    else if (word === 'dotenv' && words.includes('--')) at = words.indexOf('--')
    else if (!wrappers.includes(word)) break
  }
  return { rest: words.slice(at), assigned }
}

function fromProgram(clues: StartClues, words: string[], depth: number): Written {
  const { survey, manifest, framework } = clues
  const [program = '', ...args] = words
  const called = calledScript(program, args)
  if (called !== null && manifest.scripts[called] !== undefined) return fromScript(clues, called, depth - 1)
  switch (program) {
    case 'node':
    case 'nodejs':
      return fromNode(clues, args)
    case 'nodemon':
    case 'node-dev':
    case 'pm2-runtime':
    case 'supervisor': {
      const file = args.find(
        (one) => /\.[cm]?[jt]s$/.test(one) || survey.isFile(posix.join(manifest.folder, one)),
      )
      survey.note(`${manifest.file}: its start runs ${program}, which is left out: Sluice restarts what ends`)
      return file === undefined ? nothing : fromNode(clues, [file])
    }
    case 'tsx':
    case 'ts-node':
    case 'ts-node-dev':
    case 'tsnd':
    case 'ts-node-esm': {
      const file = args.find((one) => /\.[cm]?tsx?$/.test(one))
      return file === undefined ? nothing : fromTypescript(clues, file, program)
    }
    case 'bun': {
      const rest = args[0] === 'run' ? args.slice(1) : args
      return rest.some((one) => /\.[cm]?[jt]sx?$/.test(one))
        ? { command: ['bun', ...rest], port: null }
        : nothing
    }
    case 'next':
      if (args[0] !== 'start' && args[0] !== undefined) return notForProduction(clues, words)
      return { ...nothing, more: framework?.command?.[1] === STANDALONE ? [] : args.slice(1) }
    case 'nest':
    case 'nuxt':
    case 'nuxi':
    case 'astro':
    case 'svelte-kit':
    case 'vite':
    case 'react-scripts':
    case 'ng':
      if (!framework?.command) notForProduction(clues, words)
      return nothing
    case 'remix-serve':
    case 'react-router-serve': {
      const [node, server] = framework?.command ?? []
      return node !== undefined && server?.includes('/serve/')
        ? { command: [node, server, ...args], port: null }
        : nothing
    }
    default:
      return fromBinary(clues, program, args)
  }
}

// `npm run x`, `npm start`, `yarn x`, `pnpm x`, `bun run x`.
function calledScript(program: string, args: string[]): string | null {
  if (!['npm', 'pnpm', 'yarn', 'bun'].includes(program)) return null
  const [first, second] = args.filter((one) => !one.startsWith('-'))
  return first === 'run' || first === 'run-script' ? (second ?? null) : (first ?? null)
}

// Flags that are for a developer's machine, or that name a file which no image has.
const left = /^--(?:watch(?:-path)?|inspect(?:-brk|-port)?|env-file(?:-if-exists)?)(?:=|$)/

function fromNode(clues: StartClues, args: string[]): Written {
  const { survey, manifest } = clues
  const isValue = (index: number) => /^--(?:watch-path|env-file(?:-if-exists)?)$/.test(args[index - 1] ?? '')
  const dropped = args.filter((one, index) => left.test(one) || isValue(index))
  if (dropped.length > 0)
    survey.note(`${manifest.file}: its start was taken without ${short(dropped.join(' '))}`)
  const rest = args.filter((one) => !dropped.includes(one))
  if (rest.some((one) => one.includes('ts-node') || one === 'tsx' || one === 'tsx/esm')) {
    const file = rest.find((one) => /\.[cm]?tsx?$/.test(one))
    if (file !== undefined && clues.hasBuild) return fromTypescript(clues, file, 'ts-node')
  }
  if (rest.length === 0) return nothing
  if (rest.some((one) => /^(?:-[eipc]|--eval|--interactive|--print|--check|--test)$/.test(one))) {
    return notForProduction(clues, ['node', ...rest])
  }
  return { command: ['node', ...rest], port: null }
}

function fromTypescript(clues: StartClues, file: string, program: string): Written {
  const { survey, manifest, compiler, hasBuild } = clues
  const source = posix.normalize(file)
  const built = hasBuild && compiler !== null ? builtFile(source, compiler) : null
  if (built !== null) {
    survey.note(
      `${manifest.file}: its start runs ${source} by ${program}; production runs the output of the build, ${built}`,
    )
    return { command: ['node', built], port: null }
  }
  const loader = ['tsx', 'ts-node'].find(
    (one) => one in { ...manifest.dependencies, ...manifest.devDependencies },
  )
  survey.note(
    `${manifest.file}: its start runs ${source} by ${program}; production wants the output of a build, and tsconfig.json with a script "build" names none`,
  )
  if (loader === undefined || !(loader in manifest.dependencies)) return nothing
  const flags = loader === 'tsx' ? ['--import', 'tsx'] : ['--require', 'ts-node/register']
  return { command: ['node', ...flags, source], port: null }
}

function notForProduction({ survey, manifest }: StartClues, words: string[]): Written {
  survey.note(`${manifest.file}: its start is ${short(words.join(' '))}, which is for development`)
  return nothing
}

// Of a package that the app itself depends on, `fastify start app.js`. Anything else is not known to be there.
function fromBinary({ survey, manifest }: StartClues, program: string, args: string[]): Written {
  const owners: Record<string, string> = { fastify: 'fastify-cli', moleculer: 'moleculer-runner' }
  const owner = owners[program] ?? program
  if (owner in manifest.dependencies)
    return { command: [`node_modules/.bin/${program}`, ...args], port: null }
  survey.note(
    `${manifest.file}: its start runs ${short([program, ...args].join(' '))}, which is not known to be there in production`,
  )
  return nothing
}

// `-p 4000`, `--port=4000`; after a program's name only, so that `node -p` is none.
function portIn(words: string[]): number | null {
  const index = words.findIndex((one, at) => at > 0 && /^(?:-p|--port)(?:=|$)/.test(one))
  const text = words[index]?.split('=')[1] ?? words[index + 1]
  return index !== -1 && words[0] !== 'node' && isPort(Number(text)) ? Number(text) : null
}

function isPort(value: number): boolean {
  return Number.isInteger(value) && value > 0 && value < 65_536
}

/** The source of what a command runs. */
function entryOf({ survey, manifest, compiler }: StartClues, command: string[]): string | null {
  const valued = ['-r', '--require', '--import', '--loader', '--experimental-loader', '--conditions', '-C']
  const file = command
    .slice(1)
    .find((one, index) => !one.startsWith('-') && !valued.includes(command[index] ?? ''))
  if (file === undefined) return null
  const path = file === '.' ? (textField(manifest.fields, 'main') ?? 'index.js') : file
  const candidates = [path, ...sourcesOf(path, compiler?.outDir ?? null)]
  for (const one of candidates) {
    const found = resolved(survey, posix.join(manifest.folder, one))
    if (found !== null) return found
  }
  return null
}

const mainFiles = ['index', 'server', 'app', 'main', 'src/index', 'src/server', 'src/main', 'src/app']

// Without a script, a file is the start when it listens. A main file that does not may be a library's.
async function fromFiles(clues: StartClues): Promise<Start> {
  const { survey, manifest } = clues
  const main = textField(manifest.fields, 'main') ?? textField(manifest.fields, 'module')
  const files = [
    ...(main === null ? [] : [{ path: main, says: `its main file is ${short(main)}`, isMain: true }]),
    ...mainFiles.flatMap((name) =>
      ['js', 'mjs', 'cjs', 'ts', 'mts'].map((end) => ({
        path: `${name}.${end}`,
        says: `there is ${name}.${end}`,
        isMain: false,
      })),
    ),
  ]
  const there = files.flatMap((file) => {
    const entry = file.isMain
      ? entryOf(clues, ['node', file.path])
      : survey.isFile(posix.join(manifest.folder, file.path)) && posix.join(manifest.folder, file.path)
    return entry ? [{ ...file, entry }] : []
  })
  for (const one of there) {
    if (!isPublished(manifest) && (await listeningOf(survey, one.entry)).listens)
      return started(clues, one, `${one.says}, and it listens`)
  }
  const first = there[0]
  if (first !== undefined && clues.isAlone && !isPublished(manifest)) return started(clues, first, first.says)
  return { command: null, entry: null, port: null }
}

function started(
  clues: StartClues,
  file: { path: string; entry: string; isMain: boolean },
  says: string,
): Start {
  const from = file.isMain
    ? inManifest(clues.manifest, ['main' in clues.manifest.fields ? 'main' : 'module'], says)
    : { file: file.entry, line: 1, says }
  const path = posix.normalize(file.path)
  const isSource = /\.[cm]?tsx?$/.test(path)
  // Bun runs TypeScript as it is.
  const isBun = lockfilesIn(clues.survey, clues.manifest.folder)[0]?.manager === 'bun'
  const built = isSource && !isBun ? fromTypescript(clues, path, 'no script').command : null
  const command = isSource && !isBun ? built : [isBun ? 'bun' : 'node', path]
  return { command: command === null ? null : { value: command, from }, entry: file.entry, port: null }
}

// What is made for others to install says so; a server may be called by the same names, and does not.
function isPublished({ fields }: Manifest): boolean {
  if (fields.private === true) return false
  const signs = ['exports', 'files', 'bin', 'types', 'typings', 'module', 'publishConfig', 'peerDependencies']
  const isOnShow = Array.isArray(fields.keywords) && fields.keywords.length > 0 && 'repository' in fields
  return isOnShow || signs.some((one) => one in fields)
}
