import { posix } from 'node:path'
import type { Survey } from './survey.ts'

const FOLDERS_LIMIT = 500

/** The folders that patterns such as `packages/*`, `apps/**` and `!packages/old` name. */
export function foldersOf(survey: Survey, base: string, globs: string[]): string[] {
  const found = new Set<string>()
  for (const glob of globs) {
    const isLess = glob.startsWith('!')
    const pattern = posix.normalize(isLess ? glob.slice(1) : glob).replace(/\/$/, '')
    if (pattern.startsWith('/') || pattern.length > 300) continue
    // Only what is inside can be looked at; `../shared` is another project's.
    if (pattern.startsWith('..')) survey.note(`${glob} leads out of the folder and was not followed`)
    else
      for (const folder of expanded(survey, base, pattern.split('/')))
        isLess ? found.delete(folder) : found.add(folder)
    if (found.size > FOLDERS_LIMIT)
      survey.note(`${glob} names very many folders: only ${FOLDERS_LIMIT} were looked at`)
  }
  return [...found].slice(0, FOLDERS_LIMIT)
}

function expanded(survey: Survey, folder: string, [segment, ...rest]: string[], depth = 6): string[] {
  if (segment === undefined) return survey.isFolder(folder) ? [folder] : []
  if (depth === 0) return []
  if (segment === '.') return expanded(survey, folder, rest, depth)
  if (!/[*?{[]/.test(segment)) return expanded(survey, posix.join(folder, segment), rest, depth)
  const below = survey
    .entries(folder)
    .filter(({ name, isFolder }) => isFolder && name !== 'node_modules' && !name.startsWith('.'))
    .map(({ name }) => name)
  if (segment === '**') {
    const deeper = below.flatMap((name) =>
      expanded(survey, posix.join(folder, name), ['**', ...rest], depth - 1),
    )
    return [...expanded(survey, folder, rest, depth), ...deeper].slice(0, FOLDERS_LIMIT)
  }
  const shape = shapeOf(segment)
  return below
    .filter((name) => shape.test(name))
    .flatMap((name) => expanded(survey, posix.join(folder, name), rest, depth))
}

// `*` one name, `?` one letter, `{a,b}` either.
function shapeOf(segment: string): RegExp {
  const source = segment
    .replaceAll(/[.+^$()|[\]\\]/g, '\\$&')
    .replaceAll(/\*+/g, '[^/]*')
    .replaceAll('?', '[^/]')
    .replaceAll(/\{([^{}]*)\}/g, (_, list: string) => `(?:${list.replaceAll(',', '|')})`)
    .replaceAll(/[{}]/g, '\\$&')
  return new RegExp(`^${source}$`)
}
