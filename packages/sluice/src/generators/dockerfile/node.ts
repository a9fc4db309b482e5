import type { NodeFacts } from '../../detect/facts.ts'
import { newest } from '../../pipeline/pins.ts'
import { baseImages, tools } from './base-images.ts'
import { builtFrom, contextNotes } from './build-context.ts'
import { type Draft, portOf, userLine } from './draft.ts'
import { javaScriptCheck, probeOfApp } from './health-check.ts'
import { type NodeInstall, nodeInstall } from './node-install.ts'
import {
  asFolder,
  copyLine,
  execForm,
  insidePath,
  joined,
  shellWord,
  versionWord,
  workdirLine,
} from './text.ts'

/** Node: one stage installs and builds, the other runs what came of it. Null: nothing says what starts it. */
export function nodeDraft(app: NodeFacts): Draft | null {
  const start = startOf(app)
  if (start === null) return null
  const plan = planOf(app, start)
  const isOneStage = !app.hasDependencies && !plan.isBuilt
  return {
    lines: [...(isOneStage ? [] : [...buildStage(plan), '']), ...runStage(plan, isOneStage)],
    needs: [...plan.manifests, ...(plan.above === null && !plan.isBuilt ? start.slice(1) : [])],
    made: plan.isBuilt && plan.output !== null ? [joined(plan.folder, plan.output)] : [],
    notes: notesOf(plan),
    contextAbove: plan.above,
  }
}

interface Plan {
  app: NodeFacts
  start: string[]
  install: NodeInstall
  image: string
  isBuilt: boolean
  /** Relative to the app's folder. */
  output: string | null
  /** All that it needs is in its output: nothing else is copied. */
  kind: 'standalone' | 'whole output' | 'plain'
  above: string | null
  /** The app's, in the context. */
  folder: string
  manifests: string[]
}

function planOf(app: NodeFacts, start: string[]): Plan {
  const { above, folder } = builtFrom(app)
  const install = nodeInstall(app)
  const output = app.outputFolder === null ? null : insidePath(app.outputFolder)
  const isBuilt = app.scripts.build !== undefined
  const isStandalone = [output ?? '', ...start].some((text) => text.includes('.next/standalone'))
  const isWhole = output === '.output' && start.some((word) => word.includes('.output/'))
  const named = app.lockfiles
    .map((path) => path.split('/').at(-1)!)
    .filter((name) => install.lockfiles.includes(name))
  const lockfiles = named.length === 0 ? [install.lockfiles[0]!] : named
  return {
    ...{ app, start, install, isBuilt, above, folder },
    output: isStandalone ? '.next' : output,
    image: baseImages.node(versionWord(app.version?.value ?? newest.node)),
    kind: isBuilt && isStandalone ? 'standalone' : isBuilt && isWhole ? 'whole output' : 'plain',
    manifests:
      above !== null
        ? []
        : [
            ...new Set([
              'package.json',
              ...(app.hasDependencies ? lockfiles : []),
              ...app.installFiles.map(insidePath),
            ]),
          ],
  }
}

function buildStage(plan: Plan): string[] {
  const { app, install, image, isBuilt, folder, above } = plan
  const prepared = plan.kind === 'standalone' ? 'mkdir -p public && ' : ''
  const built = isBuilt ? [`RUN ${prepared}${install.run} ${shellWord(app.scripts.build!)}`] : []
  const isPruned = app.hasDependencies && plan.kind === 'plain' && isBuilt
  const inFolder = (lines: string[]) =>
    folder === '.' || lines.length === 0 ? lines : [workdirLine(`/app/${folder}`), ...lines, 'WORKDIR /app']
  return [
    ...(above === null || app.installNeedsSource ? [] : [...manifestStage(plan), '']),
    '# Installed and built where there are tools for it; what runs is the result.',
    `FROM ${image} AS build`,
    ...(app.hasDependencies || install.run !== 'npm run' ? install.setup : []),
    'WORKDIR /app',
    ...installLines(plan),
    ...(isBuilt && (!app.installNeedsSource || !app.hasDependencies) ? ['COPY . .'] : []),
    ...(plan.kind === 'plain' ? [] : ['ENV NODE_ENV=production']),
    ...inFolder(built),
    ...(isPruned ? ['# What was for the build alone goes again.', install.prune] : []),
    // A workspace is copied as a whole, and with nothing to build its own code is not here yet.
    ...(above !== null && !isBuilt && !app.installNeedsSource ? ['COPY . .'] : []),
  ]
}

function installLines({ app, install, isBuilt, manifests, above, kind }: Plan): string[] {
  if (!app.hasDependencies) return []
  const line = isBuilt || kind !== 'plain' ? install.all : install.production
  const made = line === install.production ? `${line} && mkdir -p node_modules` : line
  if (app.installNeedsSource)
    return [
      '# allows DF-05: installing runs code of the app’s own, so that all of it has to be there before.',
      'COPY . .',
      made,
    ]
  const copies = above === null ? manifestCopies(manifests) : ['COPY --from=manifests /app ./']
  return ['# First what changes seldom, so that packages are installed once.', ...copies, made]
}

// A folder among several sources would lose its name, and what has no such ending may be one.
function manifestCopies(manifests: string[]): string[] {
  const isFile = (path: string) => /^[^/]+\.(?:json|ya?ml|toml|lockb?|cjs)$|^\.npmrc$/.test(path)
  const others = manifests.filter((path) => !isFile(path))
  return [copyLine(manifests.filter(isFile), './'), ...others.map((path) => copyLine([path], `./${path}`))]
}

function manifestStage({ app, image, install, folder }: Plan): string[] {
  const names = [
    'package.json',
    ...install.lockfiles,
    '.npmrc',
    '.yarnrc.yml',
    'pnpm-workspace.yaml',
    'bunfig.toml',
  ]
  const folders = ['.yarn', 'patches', ...app.installFiles.map((path) => joined(folder, insidePath(path)))]
  const kept = [
    ...names.map((name) => `! -name ${name}`),
    ...folders.flatMap((path) => [
      `! -path ${shellWord(`./${path}`)}`,
      `! -path ${shellWord(`./${path}/*`)}`,
    ]),
  ]
  return [
    '# Of every package of the workspace what an install reads, so that packages are installed once.',
    `FROM ${image} AS manifests`,
    'WORKDIR /app',
    'COPY . .',
    `RUN find . -type f ${kept.join(' ')} -delete && find . -mindepth 1 -type d -empty -delete`,
  ]
}

function runStage(plan: Plan, isOneStage: boolean): string[] {
  const { app, image, folder } = plan
  const runtime = plan.start[0] === 'bun' || plan.start[0] === 'bunx' ? 'bun' : 'node'
  const port = portOf(app, 3000)
  const bins =
    folder === '.' ? '/app/node_modules/.bin' : `/app/${folder}/node_modules/.bin:/app/node_modules/.bin`
  const isOwnProgram = ['node', 'bun'].includes(plan.start[0]!) || plan.start[0]!.includes('/')
  const settings = [
    'NODE_ENV=production',
    ...(app.readsPort || plan.kind !== 'plain' ? [`PORT=${port}`] : []),
    // Next listens on the address of HOSTNAME, which a container engine sets to the container’s own name.
    ...(plan.kind === 'standalone' ? ['HOSTNAME=0.0.0.0'] : []),
    ...(isOwnProgram ? [] : [`PATH=${bins.replaceAll(/[^\w./:@-]/g, '\\$&')}:$PATH`]),
  ]
  return [
    ...(isOneStage ? ['# One stage: there is nothing to install and nothing to build.'] : []),
    `FROM ${runtime === 'bun' ? baseImages.bun(bunVersion(app)) : image}`,
    `ENV ${settings.join(' ')}`,
    'WORKDIR /app',
    ...copies(plan, isOneStage),
    ...(folder === '.' || plan.kind === 'standalone' ? [] : [workdirLine(`/app/${folder}`)]),
    userLine,
    `EXPOSE ${port}`,
    ...javaScriptCheck(runtime, probeOfApp(app, port, app.readsPort || plan.kind !== 'plain')),
    '# As the first process it gets no init of its own: `docker run --init` gives one, and so does Sluice.',
    `CMD ${execForm(commandOf(plan))}`,
  ]
}

function copies({ app, kind, output, folder, above, isBuilt }: Plan, isOneStage: boolean): string[] {
  const built = (path: string) => `/app/${joined(folder, path)}`
  // Pages are made anew while it runs.
  const written = ['--from=build', '--chown=10001:10001']
  switch (kind) {
    case 'standalone':
      return [
        copyLine([built('.next/standalone')], './', written),
        copyLine([built('.next/static')], asFolder(joined(folder, '.next/static')), written),
        copyLine([built('public')], asFolder(joined(folder, 'public')), ['--from=build']),
      ]
    case 'whole output':
      return [copyLine([built(output!)], asFolder(joined(folder, output!)), ['--from=build'])]
    case 'plain': {
      if (above !== null && !isOneStage)
        return [
          '# All of the workspace: packages are links from one folder to another.',
          'COPY --from=build /app ./',
        ]
      const packages = app.hasDependencies ? ['COPY --from=build /app/node_modules ./node_modules'] : []
      const isNext = app.framework?.value === 'next'
      const result =
        isBuilt && output !== null && output !== '.'
          ? [copyLine([built(output)], asFolder(output), isNext ? written : ['--from=build'])]
          : []
      // Built in place: what is not known to be somewhere is anywhere.
      if (isBuilt && result.length === 0) return ['COPY --from=build /app ./']
      return [...packages, 'COPY . .', ...result]
    }
  }
}

function commandOf({ kind, start, folder }: Plan): string[] {
  return kind === 'standalone' ? ['node', joined(folder, 'server.js')] : start
}

// A package manager as the first process swallows signals.
function startOf({ start }: NodeFacts): string[] | null {
  const words = start?.value ?? []
  const isManager =
    ['npm', 'pnpm', 'yarn', 'npx'].includes(words[0] ?? '') || (words[0] === 'bun' && isScript(words))
  return words.length === 0 || isManager ? null : words
}

// Whatever installs, what runs may be Bun.
function bunVersion({ packageManager, packageManagerVersion }: NodeFacts): string {
  const isOwn = packageManager.value === 'bun' && packageManagerVersion !== null
  return isOwn ? versionWord(packageManagerVersion.value) : tools.bun
}

function isScript(words: string[]): boolean {
  return words.at(-1) === 'start'
}

function notesOf({ app, above, install, isBuilt, folder }: Plan): string[] {
  const isLocked = app.lockfiles.some((path) => install.lockfiles.includes(path.split('/').at(-1)!))
  return [
    ...(app.hasDependencies && !isLocked
      ? [`The image is built from ${install.lockfiles[0]}, and there is none yet: make one and commit it.`]
      : []),
    ...contextNotes({ above, folder }),
    ...(above !== null && isBuilt
      ? [
          'Only its own build script is run in its image: where it needs other packages built first, name them there.',
        ]
      : []),
  ]
}
