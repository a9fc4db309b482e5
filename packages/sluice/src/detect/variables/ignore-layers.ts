import { readFile, stat } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import ignore, { type Ignore } from 'ignore'

interface Layer {
  base: string
  matcher: Ignore
}

/** The .gitignore files that hold in a folder, the deepest first. */
export type IgnoreLayers = readonly Layer[]

/** Those of the git repository around a folder; none where they would leave out the folder itself. */
export async function layersAround(folder: string): Promise<IgnoreLayers> {
  const parents: string[] = []
  for (let at = folder; ; at = dirname(at)) {
    if (at !== folder) parents.push(at)
    if (await exists(join(at, '.git'))) break
    if (at === dirname(at)) return []
  }
  const layers = (await Promise.all(parents.map(readLayer))).flat()
  return isIgnored(layers, folder, true) ? [] : layers
}

/** Those, and the one of a folder further down. */
export async function layersWithin(outer: IgnoreLayers, folder: string): Promise<IgnoreLayers> {
  return [...(await readLayer(folder)), ...outer]
}

/** By the rules of git: the deepest file that says anything about a path wins. */
export function isIgnored(layers: IgnoreLayers, path: string, isFolder: boolean): boolean {
  for (const { base, matcher } of layers) {
    const inside = relative(base, path).split(sep).join('/')
    const { ignored, unignored } = matcher.test(isFolder ? `${inside}/` : inside)
    if (ignored || unignored) return ignored
  }
  return false
}

async function readLayer(base: string): Promise<Layer[]> {
  const text = await readFile(join(base, '.gitignore'), 'utf8').catch(() => '')
  return text === '' ? [] : [{ base, matcher: ignore({ ignorecase: false }).add(text) }]
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null
}
