import { readFile, stat } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import ignore, { type Ignore } from 'ignore'

/** In this order: what .sluiceignore says wins, so `!dist/` in it brings back what git does not keep. */
const FILES = ['.gitignore', '.sluiceignore']

/** The patterns of one folder, for everything below it. */
interface Layer {
  base: string
  matcher: Ignore
}

/** What is not part of an app: by the rules of git, a pattern counts below its own file and the deepest file that says anything wins. */
export class IgnoreRules {
  readonly #deepestFirst: Layer[]

  private constructor(deepestFirst: Layer[]) {
    this.#deepestFirst = deepestFirst
  }

  /** The rules that hold in this folder because of the git repository around it; none where they would ignore it whole. */
  static async around(folder: string): Promise<IgnoreRules> {
    const parents = await parentsInRepository(folder)
    const layers = (await Promise.all(parents.map(readLayer))).filter((layer) => layer !== null)
    const rules = new IgnoreRules(layers)
    return rules.isIgnored(folder, true) ? new IgnoreRules([]) : rules
  }

  /** These rules and those of a folder further down. */
  async within(folder: string): Promise<IgnoreRules> {
    const layer = await readLayer(folder)
    return layer === null ? this : new IgnoreRules([layer, ...this.#deepestFirst])
  }

  /** `path` is absolute, in the folder for which these rules were made. */
  isIgnored(path: string, isFolder: boolean): boolean {
    for (const { base, matcher } of this.#deepestFirst) {
      const { ignored, unignored } = matcher.test(patternPath(base, path, isFolder))
      if (ignored || unignored) return ignored
    }
    return false
  }
}

/** Below the repository's root, nearest first; empty where the folder is the root itself, or in no repository. */
async function parentsInRepository(folder: string): Promise<string[]> {
  const parents: string[] = []
  for (let at = folder; ; at = dirname(at)) {
    if (at !== folder) parents.push(at)
    if (await exists(join(at, '.git'))) return parents
    if (at === dirname(at)) return []
  }
}

async function readLayer(base: string): Promise<Layer | null> {
  const texts = await Promise.all(FILES.map((name) => readFile(join(base, name), 'utf8').catch(() => '')))
  if (texts.every((text) => text === '')) return null
  const matcher = ignore({ ignorecase: false })
  for (const text of texts) matcher.add(text)
  return { base, matcher }
}

function patternPath(base: string, path: string, isFolder: boolean): string {
  const inside = relative(base, path).split(sep).join('/')
  return isFolder ? `${inside}/` : inside
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null
}
