import { posix } from 'node:path'
import type { Survey } from '../survey.ts'
import type { Manifest } from './manifest.ts'

/** What an install reads beside manifest and lockfile. */
const names = [
  ...['.npmrc', '.yarnrc', '.yarnrc.yml', '.yarn', '.pnp.cjs', '.pnp.loader.mjs', 'pnpm-workspace.yaml'],
  ...['.pnpmfile.cjs', '.pnpmfile.mjs', 'bunfig.toml', 'patches', 'prisma', 'schema.prisma'],
]

/** The files an install reads, of the app and of the workspace above it, relative to the app's folder. */
export function installFiles(survey: Survey, folders: string[]): string[] {
  const app = folders[0]!
  return folders.flatMap((folder) =>
    names
      .map((name) => posix.join(folder, name))
      .filter((path) => survey.isFile(path) || survey.isFolder(path))
      .map((path) => posix.relative(app, path)),
  )
}

// Run by tools that are installed, on files that are copied for the install, or on no file at all.
const harmless =
  /^(?:husky(?: install)?(?: \S+)?|prisma generate|patch-package|simple-git-hooks|lefthook install|(?:npx )?only-allow \w+|is-ci|true|exit 0)$/

/** Whether an install runs the app's own code, or installs a part of it. */
export function installNeedsSource(manifest: Manifest): boolean {
  const hooks = ['preinstall', 'install', 'postinstall', 'prepare'].flatMap(
    (name) => manifest.scripts[name] ?? [],
  )
  const commands = hooks
    .flatMap((script) => script.split(/&&|\|\||;/).map((one) => one.trim()))
    .filter((one) => one !== '')
  if (commands.some((one) => !harmless.test(one))) return true
  const all = { ...manifest.devDependencies, ...manifest.dependencies }
  return Object.values(all).some((version) => /^(?:file|link|portal):/.test(version))
}
