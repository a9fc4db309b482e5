import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type IgnoreLayers, isIgnored, layersAround, layersWithin } from './ignore-layers.ts'

/** Files below a folder that hold an app's own code, relative and with `/`, and folders that could not be opened. */
export interface Sources {
  files: string[]
  unread: { file: string; why: string }[]
  /** Whether there are more than were asked for. */
  isCut: boolean
}

export interface SourceChoice {
  /** By its name only. */
  isSource: (name: string) => boolean
  tests: boolean
  mostFiles: number
}

// Installed, generated or cached, whatever is above them.
const FOREIGN = new Set([
  ...['node_modules', 'bower_components', 'jspm_packages', 'vendor', 'site-packages', '__pycache__'],
  ...['.git', '.hg', '.svn', '.yarn', '.pnpm-store', '.venv', 'venv', 'virtualenv', '.tox', '.nox', '.eggs'],
  ...['.next', '.nuxt', '.output', '.svelte-kit', '.astro', '.angular', '.docusaurus', '.vercel', '.netlify'],
  ...['.turbo', '.cache', '.parcel-cache', '.mypy_cache', '.pytest_cache', '.ruff_cache', '.nyc_output'],
  ...['.serverless', '.terraform', '.direnv', '.sluice', 'dist', 'coverage', 'htmlcov', 'testdata'],
])

// Names that code of one's own has as well, `src/build/`: output only where it lies beside what is built.
const OUTPUT = new Set(['build', 'out', 'output', 'target', '_build'])
const MANIFESTS = ['package.json', 'go.mod', 'pyproject.toml', 'setup.py', 'requirements.txt', 'manage.py']

const TEST_FOLDERS = new Set(['test', 'tests', '__tests__', '__mocks__'])
const TEST_FILE = /_test\.go$|[.](?:test|spec)[.][a-z]+$|^conftest\.py$|^test_.*\.py$|_test\.py$/

/**
 * Walks in the order of names, so that what is left out of a folder that is too big is the same every time. A link is
 * never followed: what it leads to is found where it lies, or is not in the folder, or would go round in circles.
 */
export async function findSources(root: string, choice: SourceChoice): Promise<Sources> {
  const sources: Sources = { files: [], unread: [], isCut: false }
  const open = [{ path: '', outer: await layersAround(root) }]
  for (let folder = open.pop(); folder !== undefined && !sources.isCut; folder = open.pop()) {
    const { path, outer } = folder
    const found = await entriesOf(join(root, path)).catch((error: NodeJS.ErrnoException) => {
      sources.unread.push({
        file: path || '.',
        why: `the folder cannot be opened (${error.code ?? error.message})`,
      })
      return []
    })
    // A virtual environment may have any name; this file is in each of them.
    if (path !== '' && found.some(({ name }) => name === 'pyvenv.cfg')) continue
    const layers = found.some(({ name }) => name === '.gitignore')
      ? await layersWithin(outer, join(root, path))
      : outer
    const wanted = found.filter((one) => isWanted(one, found, choice) && !isLeftOut(root, path, one, layers))
    for (const one of wanted) if (one.isFile()) take(below(path, one.name), sources, choice.mostFiles)
    const folders = wanted.filter((one) => one.isDirectory())
    open.push(...folders.reverse().map(({ name }) => ({ path: below(path, name), outer: layers })))
  }
  return sources
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  const found = await readdir(folder, { withFileTypes: true })
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function isWanted(one: Dirent, beside: Dirent[], { isSource, tests }: SourceChoice): boolean {
  if (one.isFile()) return isSource(one.name) && (tests || !TEST_FILE.test(one.name))
  if (!one.isDirectory() || FOREIGN.has(one.name) || one.name.endsWith('.egg-info')) return false
  if (OUTPUT.has(one.name) && beside.some(({ name }) => MANIFESTS.includes(name))) return false
  return tests || !TEST_FOLDERS.has(one.name)
}

function isLeftOut(root: string, path: string, one: Dirent, layers: IgnoreLayers): boolean {
  return layers.length > 0 && isIgnored(layers, join(root, path, one.name), one.isDirectory())
}

function take(file: string, sources: Sources, mostFiles: number): void {
  if (sources.files.length < mostFiles) sources.files.push(file)
  else sources.isCut = true
}

function below(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`
}
