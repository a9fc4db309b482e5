import { posix } from 'node:path'
import type { Survey } from './survey.ts'

const FILES_LIMIT = 600
const DEPTH_LIMIT = 8

/** Folders that hold what others wrote, or what is made from the sources. */
const foreign = new Set([
  ...[
    'node_modules',
    'bower_components',
    'vendor',
    'third_party',
    'venv',
    'env',
    'virtualenv',
    'site-packages',
  ],
  ...['dist', 'build', 'out', 'output', 'target', 'coverage', 'htmlcov', '__pycache__', 'static', 'assets'],
])

/** Folders whose code does not run in production. */
const beside = new Set([
  ...[
    'test',
    'tests',
    '__tests__',
    '__mocks__',
    'spec',
    'e2e',
    'testdata',
    'fixtures',
    'cypress',
    'playwright',
  ],
  ...['example', 'examples', 'docs', 'doc', 'bench', 'benchmarks', 'migrations', 'stories'],
])

/** The code files of an app, those near its folder first; neither tests, nor what is installed or built, nor other apps. */
export function ownFiles(survey: Survey, folder: string, isWanted: RegExp, others: string[] = []): string[] {
  const found: string[] = []
  let level = [folder]
  for (let depth = 0; depth < DEPTH_LIMIT && level.length > 0; depth++) {
    const next: string[] = []
    for (const at of level) {
      for (const { name, isFolder } of survey.entries(at)) {
        const path = posix.join(at, name)
        if (isFolder) {
          if (isOwn(name) && !others.includes(path)) next.push(path)
        } else if (isWanted.test(name) && !isTest(name)) {
          found.push(path)
          if (found.length === FILES_LIMIT) return found
        }
      }
    }
    level = next
  }
  return found
}

function isOwn(name: string): boolean {
  return !name.startsWith('.') && !name.startsWith('_') && !foreign.has(name) && !beside.has(name)
}

function isTest(name: string): boolean {
  return /[._-](?:test|tests|spec|stories|d)\.\w+$/.test(name) || /^(?:test_|conftest\.py$)/.test(name)
}
