import { type Look, once } from './look.ts'

const MANIFEST =
  /(?:^|\/)(?:package\.json|go\.mod|pyproject\.toml|requirements\.txt|manage\.py|sluice\.yaml|Cargo\.toml|pom\.xml|Gemfile|composer\.json)$/
/** Folders that belong to all apps of a repository, even where their tools have a manifest of their own. */
const SHARED =
  /^(?:ops|infra|infrastructure|deploy|deployment|k8s|kubernetes|terraform|pulumi|cdk|monitoring|observability|docs|tools|scripts)(?:\/|$)/i
const SAMPLE = /(?:^|\/)(?:tests?|__tests__|fixtures?|examples?|samples?)\//

/**
 * Whether a file of the repository, by its name from there, may be about this app: it lies in the app's folder, or at least in
 * no folder of another app. Tests and examples are about none.
 */
export const isOwnFile = once((look: Look): ((file: string) => boolean) => {
  const home = look.files.at('.')
  const others = new Set(
    look.repositoryFiles
      .matching(MANIFEST)
      .map((path) => path.slice(0, Math.max(0, path.lastIndexOf('/'))))
      .filter((folder) => folder !== '' && !isWithin(home, folder) && !SHARED.test(folder)),
  )
  return (file) => {
    const below = isWithin(file, home) ? relativeTo(file, home) : file
    return !SAMPLE.test(below) && !foldersOf(file).some((folder) => others.has(folder))
  }
})

/** Files of the repository that may be about this app and whose path matches, from the repository's folder. */
export function ownMatching(look: Look, pattern: RegExp): string[] {
  return look.repositoryFiles.matching(pattern).filter(isOwnFile(look))
}

function isWithin(path: string, folder: string): boolean {
  return folder === '.' || path === folder || path.startsWith(`${folder}/`)
}

function relativeTo(path: string, folder: string): string {
  return folder === '.' ? path : path.slice(folder.length + 1)
}

// `a/b/c.md` lies in `a` and `a/b`.
function foldersOf(path: string): string[] {
  return [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index))
}
