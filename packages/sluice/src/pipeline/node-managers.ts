import { posix } from 'node:path'
import type { NodeFacts, NodeManager } from '../detect/facts.ts'
import { pins } from './pins.ts'
import type { Cache } from './pipeline.ts'

/** How a package manager is called. */
export interface NodeTools {
  /** What the registry knows it as, and what it is called by. */
  package: string
  program: string
  pin: string | null
  /** As the lockfile says, and no other way. */
  locked: string
  free: string
  /** Asks for known weaknesses of what runs with the app, from high on. */
  audit: string
  /** The first major version that asks where the registry still answers: npm ended the older address on 2026-07-15. */
  auditsFrom: number
  cache: Omit<Cache, 'keyFiles'>
}

export const nodeManagers: { [K in NodeManager]: NodeTools } = {
  npm: {
    ...{ package: 'npm', program: 'npm', pin: null },
    ...{ locked: 'ci', free: 'install', audit: 'audit --omit=dev --audit-level=high' },
    auditsFrom: 8,
    cache: { variable: 'npm_config_cache', folder: '.npm' },
  },
  pnpm: {
    ...{ package: 'pnpm', program: 'pnpm', pin: pins.pnpm },
    ...{ locked: 'install --frozen-lockfile', free: 'install', audit: 'audit --prod --audit-level=high' },
    auditsFrom: 12,
    cache: { variable: 'PNPM_HOME', folder: '.local/share/pnpm' },
  },
  'yarn-classic': {
    ...{ package: 'yarn', program: 'yarn', pin: pins['yarn-classic'] },
    ...{ locked: 'install --frozen-lockfile', free: 'install' },
    audit: 'audit --groups dependencies --level high',
    auditsFrom: Number.POSITIVE_INFINITY,
    cache: { variable: 'YARN_CACHE_FOLDER', folder: '.cache/yarn' },
  },
  'yarn-berry': {
    ...{ package: '@yarnpkg/cli-dist', program: 'yarn', pin: pins['yarn-berry'] },
    ...{ locked: 'install --immutable', free: 'install' },
    audit: 'npm audit --recursive --environment production --severity high',
    auditsFrom: 4,
    cache: { variable: 'YARN_GLOBAL_FOLDER', folder: '.yarn/berry' },
  },
  bun: {
    ...{ package: 'bun', program: 'bun', pin: pins.bun },
    ...{ locked: 'install --frozen-lockfile', free: 'install', audit: 'audit --audit-level=high' },
    auditsFrom: 1,
    cache: { variable: 'BUN_INSTALL_CACHE_DIR', folder: '.bun/install/cache' },
  },
}

/** What calls it: npx keeps it out of what the app has, and leads what calls it by name to the same one. */
export function toolOf(app: NodeFacts, manager: NodeTools): string {
  const { package: named, program } = manager
  const version = versionOf(app, manager)
  if (version === null) return program
  const which = named === program ? `${named}@${version}` : `--package ${named}@${version} ${program}`
  return `npx --yes ${which}`
}

/** Whether there is anybody to ask for known weaknesses. */
export function canAudit(app: NodeFacts, manager: NodeTools): boolean {
  const version = versionOf(app, manager)
  return version === null || Number.parseInt(version, 10) >= manager.auditsFrom
}

/** What it has downloaded, as long as the lockfiles stay the same. */
export function cacheOf(app: NodeFacts, { cache }: NodeTools): Cache[] {
  if (!app.hasDependencies || app.lockfiles.length === 0) return []
  return [{ ...cache, keyFiles: app.lockfiles.map((file) => posix.join(app.folder, file)) }]
}

/** Null: the one that comes with Node. */
function versionOf({ packageManagerVersion }: NodeFacts, { pin }: NodeTools): string | null {
  const stated = packageManagerVersion?.value ?? ''
  // What is no plain version is nothing for a command line.
  return /^\d[\w.-]*$/.test(stated) ? stated : pin
}
