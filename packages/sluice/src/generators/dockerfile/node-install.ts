import type { NodeFacts, NodeManager } from '../../detect/facts.ts'
import { tools } from './base-images.ts'
import { versionWord } from './text.ts'

/** How a package manager is got, installs what the lockfile says, and takes back what was for the build alone. */
export interface NodeInstall {
  /** Lines that bring the manager itself and its settings. */
  setup: string[]
  /** A RUN line. */
  all: string
  /** A RUN line, where nothing is built. */
  production: string
  /** A RUN line after the build. */
  prune: string
  run: string
  lockfiles: string[]
}

const caches: { [K in NodeManager]: string } = {
  npm: '/root/.npm',
  pnpm: '/pnpm/store',
  'yarn-classic': '/root/.cache/yarn',
  'yarn-berry': '/root/.yarn/berry/cache',
  bun: '/root/.bun/install/cache',
}

const commands: {
  [K in NodeManager]: Pick<NodeInstall, 'all' | 'production' | 'prune' | 'run' | 'lockfiles'>
} = {
  npm: {
    all: 'npm ci',
    production: 'npm ci --omit=dev',
    prune: 'npm prune --omit=dev --ignore-scripts',
    run: 'npm run',
    lockfiles: ['package-lock.json', 'npm-shrinkwrap.json'],
  },
  pnpm: {
    all: 'pnpm install --frozen-lockfile --store-dir=/pnpm/store',
    production: 'pnpm install --frozen-lockfile --prod --store-dir=/pnpm/store',
    // Asks before it removes a folder, and there is nobody to answer.
    prune: 'CI=true pnpm install --frozen-lockfile --prod --ignore-scripts --store-dir=/pnpm/store',
    run: 'pnpm run',
    lockfiles: ['pnpm-lock.yaml'],
  },
  'yarn-classic': {
    all: 'yarn install --frozen-lockfile',
    production: 'yarn install --frozen-lockfile --production',
    prune: 'yarn install --frozen-lockfile --production --ignore-scripts --prefer-offline',
    run: 'yarn run',
    lockfiles: ['yarn.lock'],
  },
  'yarn-berry': {
    all: 'yarn install --immutable',
    production: 'yarn install --immutable && yarn workspaces focus --all --production',
    prune: 'yarn workspaces focus --all --production',
    run: 'yarn run',
    lockfiles: ['yarn.lock'],
  },
  bun: {
    all: 'bun install --frozen-lockfile',
    production: 'bun install --frozen-lockfile --production',
    prune: 'rm -rf node_modules && bun install --frozen-lockfile --production --ignore-scripts',
    run: 'bun run',
    lockfiles: ['bun.lock', 'bun.lockb'],
  },
}

/** Corepack is not part of Node any more, so each manager is installed by name and version. */
export function nodeInstall({ packageManager, packageManagerVersion }: NodeFacts): NodeInstall {
  const manager = packageManager.value
  const { all, production, prune, run, lockfiles } = commands[manager]
  const cached = (command: string) => `RUN --mount=type=cache,target=${caches[manager]} ${command}`
  const wanted = packageManagerVersion === null ? null : versionWord(packageManagerVersion.value)
  return {
    setup: setupOf(manager, wanted),
    all: cached(all),
    production: cached(production),
    // A folder that is not there could not be copied.
    prune: cached(`${prune} && mkdir -p node_modules`),
    run,
    lockfiles,
  }
}

function setupOf(manager: NodeManager, wanted: string | null): string[] {
  const global = (name: string) => `RUN --mount=type=cache,target=/root/.npm npm install --global ${name}`
  switch (manager) {
    case 'npm':
      return wanted === null ? [] : [global(`npm@${wanted}`)]
    case 'pnpm':
      return [global(`pnpm@${wanted ?? tools.pnpm}`)]
    case 'bun':
      return [global(`bun@${wanted ?? tools.bun}`)]
    case 'yarn-classic':
      // --force: older images of Node have a yarn already, at the same place.
      return [global(`--force yarn@${wanted ?? tools['yarn-classic']}`)]
    case 'yarn-berry':
      return [
        global(`--force @yarnpkg/cli-dist@${wanted ?? tools['yarn-berry']}`),
        '# Plain folders, so that node finds packages without a loader; the cache outside, where a mount keeps it.',
        'ENV YARN_NODE_LINKER=node-modules YARN_ENABLE_GLOBAL_CACHE=true',
      ]
  }
}
