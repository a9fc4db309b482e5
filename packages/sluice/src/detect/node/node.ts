import { posix } from 'node:path'
import { appName } from '../app-name.ts'
import { elsewhere } from '../elsewhere.ts'
import type { Concluded, NodeFacts } from '../facts.ts'
import { healthOf } from '../health.ts'
import { placeOf } from '../place.ts'
import { servicesOf } from '../services.ts'
import type { Survey } from '../survey.ts'
import { type Framework, frameworkOf } from './framework.ts'
import { installFiles, installNeedsSource } from './install.ts'
import { lockfilesIn, packageManager } from './installed-by.ts'
import { dependencyIn, inManifest, type Manifest, textField } from './manifest.ts'
import { type Listening, listeningOf } from './port.ts'
import { scriptNames } from './script-names.ts'
import { type Start, startOf } from './start.ts'
import { type Compiler, readCompiler } from './typescript.ts'
import { nodeVersion } from './version.ts'
import { packagesOf } from './workspace-packages.ts'

/** Where a package lies. */
export interface NodePlace {
  /** The workspace that it is a member of, with the manifest there. */
  above: { folder: string; manifest: Manifest | null } | null
  /** Folders of other apps, which are not its own. */
  others: string[]
}

/** What is known of a package, whether or not it is an app. */
export async function nodeFacts(
  survey: Survey,
  manifest: Manifest,
  { above, others }: NodePlace,
): Promise<NodeFacts> {
  const { folder } = manifest
  // A lockfile of its own makes a package independent of the workspace it lies in.
  const isRuled = above !== null && lockfilesIn(survey, folder).length === 0
  const folders = isRuled ? [folder, above.folder] : [folder]
  const manifests = isRuled && above.manifest !== null ? [manifest, above.manifest] : [manifest]
  const ruling = folders.at(-1)!

  const compiler = await readCompiler(survey, folder)
  const framework = await frameworkOf(survey, manifest)
  const scripts = scriptNames(manifest.scripts)
  const start = await startOf({
    ...{ survey, manifest, framework, compiler, script: scripts.start },
    ...{ hasBuild: scripts.build !== undefined, isAlone: above === null },
  })
  const listening = await listeningTo(survey, start, framework)
  const locks = lockfilesIn(survey, ruling)
  const hasDependencies = [manifest.dependencies, manifest.devDependencies].some(
    (all) => Object.keys(all).length > 0,
  )
  if (hasDependencies && locks.length === 0) {
    survey.note(
      `${manifest.file} has dependencies and no lockfile: what is installed may differ from what was tested`,
    )
  }

  return {
    stack: 'node',
    name: appName(
      textField(manifest.fields, 'name'),
      folder === '.' ? posix.basename(survey.root) : posix.basename(folder),
    ),
    folder,
    because: { file: manifest.file, line: 1, says: 'there is a package.json' },
    framework: framework?.name ?? null,
    version: nodeVersion(survey, manifests, folders),
    port: start.port ?? listening.port,
    readsPort: listening.readsPort,
    start: start.command,
    health: withLibrary(await healthOf(survey, folder, /\.[cm]?[jt]sx?$/, others), manifest),
    services: services(survey, manifest),
    outputFolder: outputFolder(framework, compiler, scripts.build !== undefined),
    lockfiles: locks.map(({ file }) => posix.relative(folder, file)),
    codeElsewhere: isRuled ? elsewhere(folder, await packagesOf(survey, manifest, above)) : [],
    ...packageManager(survey, folder, ruling, manifests),
    scripts,
    workspaceRoot: isRuled ? above.folder : null,
    installNeedsSource: manifests.some(installNeedsSource),
    hasDependencies,
    typescript:
      compiler !== null || 'typescript' in { ...manifest.dependencies, ...manifest.devDependencies },
    servesFiles: framework?.isStatic === true && start.command === null,
    installFiles: installFiles(survey, folders),
  }
}

/** Whether a package is made for being served, and not for other packages. */
export function isServed(facts: NodeFacts): boolean {
  const isSite = [
    'next',
    'nuxt',
    'remix',
    'react-router',
    'sveltekit',
    'astro',
    'vite',
    'angular',
    'react-scripts',
  ]
  return facts.start !== null || isSite.includes(facts.framework?.value ?? '')
}

/** Whether a package has a server of its own, and is not only the tooling of another stack. */
export function hasServer(facts: NodeFacts): boolean {
  return (
    facts.start !== null ||
    ['express', 'fastify', 'koa', 'hono', 'nest'].includes(facts.framework?.value ?? '')
  )
}

async function listeningTo(
  survey: Survey,
  { entry }: Start,
  framework: Framework | null,
): Promise<Pick<Listening, 'port' | 'readsPort'>> {
  const written = entry === null ? { port: null, readsPort: false } : await listeningOf(survey, entry)
  if (written.port !== null || !framework?.port) return written
  const from = {
    ...framework.name.from,
    says: `${framework.name.value} listens on ${framework.port}, or on PORT`,
  }
  return { port: { value: framework.port, from }, readsPort: true }
}

// Its paths stand in the library, and in the app's own code only where they are others.
function withLibrary(found: NodeFacts['health'], manifest: Manifest): NodeFacts['health'] {
  if (!('@sluice/health' in manifest.dependencies)) return found
  const from = dependencyIn(manifest, '@sluice/health')
  return {
    readiness: found.readiness ?? { value: '/readyz', from },
    liveness: found.liveness ?? { value: '/livez', from },
  }
}

function services(survey: Survey, manifest: Manifest): NodeFacts['services'] {
  const found = servicesOf('node', Object.keys(manifest.dependencies), (name) => dependencyIn(manifest, name))
  const prisma = prismaService(survey, manifest.folder)
  return prisma === null || found.some(({ value }) => value === prisma.value) ? found : [...found, prisma]
}

// Prisma brings its own drivers; its schema says which server it speaks to.
function prismaService(survey: Survey, folder: string): NodeFacts['services'][number] | null {
  for (const name of ['prisma/schema.prisma', 'schema.prisma']) {
    const file = posix.join(folder, name)
    const text = survey.read(file)
    const provider = /datasource\s+\w+\s*\{[^}]*?provider\s*=\s*"(postgresql|postgres|mysql|mongodb)"/.exec(
      text ?? '',
    )
    if (text === null || provider === null) continue
    const value = provider[1]!.startsWith('postgres') ? 'postgres' : (provider[1] as 'mysql' | 'mongodb')
    return {
      value,
      from: placeOf(file, text, [/datasource\s/, /provider\s*=/], `its provider is ${provider[1]}`),
    }
  }
  return null
}

function outputFolder(
  framework: Framework | null,
  compiler: Compiler | null,
  hasBuild: boolean,
): string | null {
  if (framework?.outputFolder)
    return framework.name.value === 'nest' ? (compiler?.outDir ?? 'dist') : framework.outputFolder
  return hasBuild ? (compiler?.outDir ?? null) : null
}

/** What ties a repository together beside its package manager: turbo, nx, lerna. */
export function workspaceTool(survey: Survey, folder: string, manifest: Manifest): Concluded<string> | null {
  const files = { turbo: 'turbo.json', nx: 'nx.json', lerna: 'lerna.json' }
  for (const [tool, name] of Object.entries(files)) {
    const file = posix.join(folder, name)
    if (survey.isFile(file)) return { value: tool, from: { file, line: 1, says: `there is a ${name}` } }
  }
  return 'turbo' in manifest.devDependencies
    ? { value: 'turbo', from: inManifest(manifest, ['devDependencies', 'turbo'], 'it depends on turbo') }
    : null
}
