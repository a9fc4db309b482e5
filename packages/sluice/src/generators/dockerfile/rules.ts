import { posix } from 'node:path'
import { oldestMaintained } from './base-images.ts'
import type { BuildContext } from './finding.ts'
import { type Install, installOf, pipPackages, pipWords } from './installs.ts'
import { copied, flag, type Instruction, type ParsedDockerfile, probeOf, stageNamed } from './instructions.ts'
import { all, defaulted, externalBases, firstProcess, isRun, lastOf, nameOf } from './reading.ts'
import { secretOf } from './secret-name.ts'
import { type ShellCommand, shellCommands } from './shell-commands.ts'

/** A Dockerfile as rules look at it. */
export interface Linted extends ParsedDockerfile {
  text: string
  context: Partial<BuildContext>
}

export interface Broken {
  line: number
  message: string
}

/** One rule of ours, and what others call it. */
export interface Rule {
  tags: readonly string[]
  broken(file: Linted): Broken[]
}

/** What every Dockerfile must have, below 50, and must not, above. */
export const rules = {
  'DF-01': { tags: [], broken: directives },
  'DF-02': { tags: ['DL3006', 'DL3007'], broken: oldBases },
  'DF-03': { tags: ['DL3045'], broken: noWorkdir },
  'DF-04': { tags: [], broken: buildsWhereItRuns },
  'DF-05': { tags: [], broken: sourceBeforeInstall },
  'DF-06': {
    tags: ['DL3042', 'DL3060'],
    broken: installs(({ instruction, install }) =>
      !hasCache(instruction) && install.stack !== 'go'
        ? 'an install without a cache mount fills a layer, or fetches all again'
        : null,
    ),
  },
  'DF-07': {
    tags: ['DL3016'],
    broken: installs(({ install }) =>
      install.obeysLock || install.manager === 'npm'
        ? null
        : `${install.manager} installs what it likes where it is not told to obey the lockfile`,
    ),
  },
  'DF-08': { tags: ['DL3002', 'DL3066', 'CIS-DI-0001'], broken: userIsNoNumber },
  'DF-09': { tags: ['DL3025', 'JSONArgsRecommended'], broken: shellForm },
  'DF-10': { tags: [], broken: nodeWithoutInit },
  'DF-11': { tags: [], broken: noPort },
  'DF-12': { tags: ['CIS-DI-0006', 'DL3057'], broken: noHealthCheck },
  'DF-13': { tags: ['SecretsUsedInArgOrEnv', 'DL3064', 'CIS-DI-0010'], broken: secrets },
  'DF-14': {
    tags: [],
    broken: runs(({ words: [program, verb, ...rest] }) =>
      program === 'go' && verb === 'build' && !rest.includes('-trimpath')
        ? 'go build without -trimpath has folders of the machine in it'
        : null,
    ),
  },
  'DF-15': { tags: [], broken: halfEnvironment },
  'DF-16': {
    tags: [],
    broken: starts(({ words }) =>
      /gunicorn|uvicorn|hypercorn/.test(words.join(' ')) &&
      words.some(
        (word, at) =>
          (/^(?:-w|--workers)$/.test(word) && /^\d+$/.test(words[at + 1] ?? '')) ||
          /^--workers=\d+$|^-w\d+$/.test(word),
      )
        ? 'a fixed number of workers knows nothing of memory and cores: WEB_CONCURRENCY says it'
        : null,
    ),
  },
  'DF-17': {
    tags: [],
    broken: startsAndRuns(({ words }) =>
      /\bmigrate\b(?!:(?:status|make))|\balembic upgrade\b|\bdb:migrate\b|\bmigration:run\b/.test(
        words.join(' '),
      )
        ? 'migrations run once for each release, not once for each instance or image'
        : null,
    ),
  },

  'DF-51': {
    tags: [],
    broken: runs(({ words: [program, verb, ...rest] }) =>
      program === 'npm' &&
      (rest.includes('--production=false') || (verb === 'prune' && rest.includes('--production')))
        ? 'npm has --omit=dev in its place'
        : null,
    ),
  },
  'DF-52': {
    tags: ['DL3016'],
    broken: installs(({ install }) =>
      install.manager === 'npm' && !install.obeysLock
        ? 'npm install does not keep to the lockfile: npm ci does'
        : null,
    ),
  },
  'DF-53': {
    tags: [],
    broken: starts(({ words: [program] }) =>
      /^(?:npm|pnpm|yarn|npx)$/.test(program ?? '')
        ? `${program} as the first process keeps signals from the app`
        : null,
    ),
  },
  'DF-54': { tags: [], broken: copiesAll },
  'DF-55': { tags: [], broken: optionalFiles },
  'DF-56': { tags: [], broken: pythonInPath },
  'DF-57': { tags: ['DL3013'], broken: unpinnedTools },
  'DF-58': { tags: [], broken: hardCodedPackage },
  'DF-59': {
    tags: ['LegacyKeyValueFormat'],
    broken: ({ stages }) =>
      all(stages).flatMap(({ line, properties }) =>
        properties.some(({ isOld }) => isOld)
          ? [{ line, message: 'ENV needs name=value; without = all the rest is one value' }]
          : [],
      ),
  },
  'DF-60': { tags: ['DL3066'], broken: namedUser },
  'DF-61': { tags: ['DL3007'], broken: latest },
  'DF-62': {
    tags: ['DL3067'],
    broken: ({ stages }) =>
      all(stages).flatMap((one) =>
        one.keyword === 'COPY' && flag(one, 'from') !== null && copied(one).sources.includes('/')
          ? [{ line: one.line, message: 'all of another stage is copied, its tools and caches too' }]
          : [],
      ),
  },
} satisfies Record<string, Rule>

export type RuleId = keyof typeof rules

function directives({ directives, text, stages, globals }: Linted): Broken[] {
  const syntax = directives.find(({ name }) => name === 'syntax')?.value
  const isStable =
    syntax === undefined || /^(?:docker\.io\/)?docker\/dockerfile:1(?:\.\d+)*(?:@sha256:\w+)?$/.test(syntax)
  const isChecked = directives.some(({ name, value }) => name === 'check' && /error=true/.test(value))
  const lost = text.split('\n').findIndex((line, at) => at > 0 && /^#\s*(?:syntax|check)\s*=/.test(line))
  const isLost =
    lost !== -1 &&
    !directives.some(({ name }) => new RegExp(`^#\\s*${name}\\s*=`).test(text.split('\n')[lost]!))
  const newer = syntax === undefined ? [...globals, ...all(stages)].filter(isNewer) : []
  return [
    ...(isStable
      ? []
      : [{ line: 1, message: `${syntax} is not the stable builder: # syntax=docker/dockerfile:1` }]),
    ...(isChecked
      ? []
      : [{ line: 1, message: 'no # check=error=true at the top: what the builder finds is only said' }]),
    ...(isLost ? [{ line: lost + 1, message: 'a directive below other lines is a comment' }] : []),
    ...newer.map(({ line }) => ({
      line,
      message: 'older engines need # syntax=docker/dockerfile:1 for this',
    })),
  ]
}

// What the builder of engine 20.10 does not know by itself.
function isNewer({ hasHeredoc, flags, keyword }: Instruction): boolean {
  const names = flags.map(([name]) => name)
  return (
    hasHeredoc ||
    names.some(
      (name) =>
        ['link', 'parents', 'exclude', 'start-interval', 'checksum', 'network', 'security'].includes(name) &&
        !(keyword === 'RUN' && name === 'network'),
    )
  )
}

function oldBases({ stages, globals }: Linted): Broken[] {
  return externalBases(stages).flatMap(({ base, from: { line } }) => {
    const image = defaulted(base, globals)
    if (image.includes('$') || image.includes('@') || image === 'scratch') return []
    const { name, tag } = nameOf(image)
    if (tag === null) return [{ line, message: `${image} has no tag: it is another image tomorrow` }]
    const oldest = oldestMaintained[name.split('/').at(-1)!]
    const [, major, minor] = /^v?(\d+)(?:\.(\d+))?/.exec(tag) ?? []
    if (oldest === undefined || major === undefined) return []
    const isOld =
      Number(major) < oldest[0] ||
      (Number(major) === oldest[0] && minor !== undefined && Number(minor) < oldest[1])
    return isOld
      ? [{ line, message: `${image} is not maintained any more: at least ${oldest.join('.')} is` }]
      : []
  })
}

function noWorkdir({ stages }: Linted): Broken[] {
  const named = new Set<number>()
  return stages.flatMap((stage) => {
    const above = stageNamed(stages, stage.base, stage.index)
    const at = stage.instructions.findIndex(({ keyword }) => keyword === 'WORKDIR')
    if (above !== null && named.has(above.index)) {
      named.add(stage.index)
      return []
    }
    if (at !== -1) named.add(stage.index)
    const before = at === -1 ? stage.instructions : stage.instructions.slice(0, at)
    const broken = before.find(dependsOnFolder)
    return broken === undefined
      ? []
      : [{ line: broken.line, message: 'there is no WORKDIR: files land in /, among those of the image' }]
  })
}

function dependsOnFolder(one: Instruction): boolean {
  if (isRun(one)) return shellCommands(one).some((command) => installOf(command) !== null)
  return ['COPY', 'ADD'].includes(one.keyword) && !/^[/$]|^[A-Za-z]:/.test(copied(one).to)
}

function buildsWhereItRuns({ stages }: Linted): Broken[] {
  const last = stages.at(-1)
  return (last?.instructions ?? []).filter(isRun).flatMap((instruction) => {
    const builds = shellCommands(instruction).some(
      (command) =>
        installOf(command) !== null ||
        pipWords(command) !== null ||
        /^(?:go build|(?:npm|pnpm|yarn|bun) run build|npx tsc|tsc)\b/.test(command.words.join(' ')),
    )
    return builds
      ? [
          {
            line: instruction.line,
            message: 'built in the stage that runs: tools and caches stay in the image',
          },
        ]
      : []
  })
}

function sourceBeforeInstall({ stages }: Linted): Broken[] {
  return stages.flatMap(({ instructions }) => {
    const at = instructions.findIndex(
      (one) => isRun(one) && shellCommands(one).some((command) => isOfLockfile(command)),
    )
    const copy = instructions
      .slice(0, Math.max(at, 0))
      .find(
        (one) =>
          one.keyword === 'COPY' &&
          flag(one, 'from') === null &&
          copied(one).sources.some((source) => ['.', './', '/'].includes(source)),
      )
    return copy === undefined
      ? []
      : [
          {
            line: copy.line,
            message: 'all is copied before the install, so every change of the source installs again',
          },
        ]
  })
}

// `uv sync` of the app itself comes after its source.
function isOfLockfile(command: ShellCommand): boolean {
  return installOf(command) !== null
}

function userIsNoNumber({ stages }: Linted): Broken[] {
  const last = stages.at(-1)
  if (last === undefined) return []
  const user = lastOf(stages, 'USER')
  if (user === null) return [{ line: last.from.line, message: 'it runs as root: there is no USER' }]
  const [name = ''] = user.text.trim().split(':')
  if (name === '0' || name === 'root') return [{ line: user.line, message: 'it runs as root' }]
  return /^\d+$/.test(name) || name.includes('$')
    ? []
    : [
        {
          line: user.line,
          message: `an orchestrator cannot tell whether ${name} is root: a number can be told`,
        },
      ]
}

function shellForm({ stages }: Linted): Broken[] {
  return (['CMD', 'ENTRYPOINT'] as const).flatMap((keyword) => {
    const one = lastOf(stages, keyword)
    return one === null || one.json !== null || one.text === '[]'
      ? []
      : [
          {
            line: one.line,
            message: `${keyword} is run by a shell, which keeps signals from the app: ["program", "argument"]`,
          },
        ]
  })
}

function nodeWithoutInit({ stages, comments }: Linted): Broken[] {
  const starts = firstProcess(stages)
  if (starts === null || shellCommands(starts)[0]?.words[0]?.split('/').at(-1) !== 'node') return []
  // Where an engine gives one, the file says so.
  if (comments.some(({ text }) => /--init\b|\binit: true\b/.test(text))) return []
  return [
    {
      line: starts.line,
      message: 'node as the first process reaps nothing: tini, or say that it is run with --init',
    },
  ]
}

function noPort({ stages }: Linted): Broken[] {
  const last = stages.at(-1)
  return last === undefined || lastOf(stages, 'EXPOSE') !== null
    ? []
    : [{ line: last.from.line, message: 'there is no EXPOSE: nobody can see where it listens' }]
}

function noHealthCheck({ stages, comments }: Linted): Broken[] {
  const last = stages.at(-1)
  if (last === undefined) return []
  const check = lastOf(stages, 'HEALTHCHECK')
  if (check === null)
    return comments.some(({ text }) => /HEALTHCHECK/.test(text))
      ? []
      : [{ line: last.from.line, message: 'there is no HEALTHCHECK, and no comment that says why' }]
  const probe = probeOf(check)
  if (probe === null) return []
  const foreign = shellCommands(probe)
    .map(({ words }) => words[0]!)
    .find((word) => /(?:^|\/)(?:curl|wget)$/.test(word))
  return [
    ...(foreign === undefined
      ? []
      : [
          {
            line: check.line,
            message: `${foreign} is one more thing that the image must have: the app’s own runtime can ask`,
          },
        ]),
    ...(/\/\/localhost\b/.test(probe.text)
      ? [{ line: check.line, message: 'localhost may mean ::1, where the app does not listen: 127.0.0.1' }]
      : []),
  ]
}

function secrets({ stages, globals }: Linted): Broken[] {
  return [...globals, ...all(stages)]
    .filter(({ keyword }) => ['ARG', 'ENV'].includes(keyword))
    .flatMap(({ line, keyword, properties }) =>
      properties
        .filter(({ name, value }) => secretOf(name, value) !== null)
        .map(({ name }) => ({
          line,
          message: `${keyword} ${name} can be read from the image: RUN --mount=type=secret`,
        })),
    )
}

function halfEnvironment({ stages }: Linted): Broken[] {
  const minors = externalBases(stages).flatMap(({ base, from }) => {
    const found = /(?:^|\/)python:(\d+\.\d+)/.exec(base)?.[1]
    return found === undefined ? [] : [{ found, line: from.line }]
  })
  const other = minors.find(({ found }) => found !== minors[0]!.found)
  const halves = all(stages).filter(
    (one) =>
      one.keyword === 'COPY' &&
      flag(one, 'from') !== null &&
      copied(one).sources.some((source) => /site-packages/.test(source)),
  )
  return [
    ...(other === undefined
      ? []
      : [
          {
            line: other.line,
            message: `Python ${other.found} runs what was installed for ${minors[0]!.found}`,
          },
        ]),
    ...halves.map(({ line }) => ({
      line,
      message:
        'programs of packages lie beside the interpreter, not in site-packages: copy a virtual environment whole',
    })),
  ]
}

function copiesAll({ stages, context }: Linted): Broken[] {
  if (context.dockerignore === undefined || context.dockerignore !== null) return []
  return all(stages)
    .filter(
      (one) =>
        ['COPY', 'ADD'].includes(one.keyword) &&
        flag(one, 'from') === null &&
        copied(one).sources.some((source) => ['.', './', '/', '*'].includes(source)),
    )
    .map(({ line }) => ({ line, message: 'all is copied and there is no .dockerignore: .git and .env too' }))
}

function optionalFiles({ stages, context: { files } }: Linted): Broken[] {
  if (files === undefined) return []
  const optional =
    /^(?:\.\/)?(?:[\w.-]+\/)*(?:go\.sum|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|\.npmrc|\.yarnrc(?:\.yml)?|uv\.lock|poetry\.lock|Pipfile\.lock|pdm\.lock)$/
  return all(stages)
    .filter((one) => one.keyword === 'COPY' && flag(one, 'from') === null)
    .flatMap((one) =>
      copied(one)
        .sources.filter((source) => optional.test(source) && !files.includes(source.replace(/^\.\//, '')))
        .map((source) => ({ line: one.line, message: `${source} is not there, and a COPY of it fails` })),
    )
}

function pythonInPath({ stages }: Linted): Broken[] {
  return all(stages)
    .filter(
      ({ keyword, text }) =>
        ['COPY', 'ENV', 'RUN', 'CMD', 'ENTRYPOINT', 'WORKDIR'].includes(keyword) &&
        /\/python3\.\d+\b/.test(text),
    )
    .map(({ line }) => ({ line, message: 'the next Python has another folder: no minor version in a path' }))
}

function unpinnedTools({ stages }: Linted): Broken[] {
  const isTool = (word: string) => /^(?:uv|poetry|pipenv|pdm|hatch|gunicorn|uvicorn)$/.test(word)
  return all(stages)
    .filter(isRun)
    .flatMap((instruction) =>
      shellCommands(instruction).flatMap((command) => {
        const words = pipWords(command)
        const found = words === null ? undefined : pipPackages(words).find(isTool)
        return found === undefined
          ? []
          : [{ line: instruction.line, message: `${found} has no version: another one tomorrow` }]
      }),
    )
}

function hardCodedPackage({ stages, context: { files } }: Linted): Broken[] {
  if (files === undefined) return []
  const isThere = (path: string) => files.some((file) => file === path || file.startsWith(`${path}/`))
  return stages.flatMap(({ instructions }) =>
    instructions.filter(isRun).flatMap((instruction) =>
      shellCommands(instruction).flatMap(({ words }) => {
        const target =
          words[0] === 'go' && words[1] === 'build'
            ? words.slice(2).find((word) => word.startsWith('./'))
            : undefined
        const folder = target?.slice(2).replace(/\/$/, '') ?? ''
        if (folder === '' || folder.includes('...')) return []
        const above = foldersAbove(instructions.slice(0, instructions.indexOf(instruction)))
        return above.some((one) => isThere(posix.join(one, folder)))
          ? []
          : [{ line: instruction.line, message: `there is no ${target} in this app` }]
      }),
    ),
  )
}

// The context may have been copied to any of the folders that lead to the one where it is built.
function foldersAbove(before: Instruction[]): string[] {
  const workdir = before.findLast(({ keyword }) => keyword === 'WORKDIR')?.text.trim() ?? ''
  const parts = workdir.split('/').filter((part) => part !== '')
  return ['.', ...parts.map((_, at) => parts.slice(at).join('/'))]
}

function namedUser({ stages }: Linted): Broken[] {
  const user = lastOf(stages, 'USER')
  if (user === null) return []
  const [name = ''] = user.text.trim().split(':')
  const makes = all(stages)
    .filter(isRun)
    .flatMap(shellCommands)
    .some(({ words }) => /^(?:useradd|adduser)$/.test(words[0] ?? '') && words.includes(name))
  return makes && !/^\d+$/.test(name)
    ? [{ line: user.line, message: `${name} is made here and used by name: USER with its number` }]
    : []
}

function latest({ stages, globals }: Linted): Broken[] {
  return externalBases(stages)
    .filter(({ base }) => nameOf(defaulted(base, globals)).tag === 'latest')
    .map(({ base, from: { line } }) => ({ line, message: `${base} is another image tomorrow` }))
}

function installs(
  judge: (one: { instruction: Instruction; install: Install }) => string | null,
): Rule['broken'] {
  return ({ stages }) =>
    all(stages)
      .filter(isRun)
      .flatMap((instruction) =>
        shellCommands(instruction).flatMap((command) => {
          const install = installOf(command)
          const message = install === null ? null : judge({ instruction, install })
          return message === null ? [] : [{ line: instruction.line, message }]
        }),
      )
}

function runs(judge: (command: ShellCommand) => string | null): Rule['broken'] {
  return ({ stages }) => judged(all(stages).filter(isRun), judge)
}

function starts(judge: (command: ShellCommand) => string | null): Rule['broken'] {
  return ({ stages }) =>
    judged(
      [lastOf(stages, 'ENTRYPOINT'), lastOf(stages, 'CMD')].filter((one) => one !== null),
      judge,
    )
}

function startsAndRuns(judge: (command: ShellCommand) => string | null): Rule['broken'] {
  return (file) => [...starts(judge)(file), ...runs(judge)(file)]
}

function judged(instructions: Instruction[], judge: (command: ShellCommand) => string | null): Broken[] {
  return instructions.flatMap((instruction) =>
    shellCommands(instruction).flatMap((command) => {
      const message = judge(command)
      return message === null ? [] : [{ line: instruction.line, message }]
    }),
  )
}

function hasCache({ flags }: Instruction): boolean {
  return flags.some(([name, value]) => name === 'mount' && /(?:^|,)type=cache/.test(value))
}
