import { posix } from 'node:path'
import { type Answer, type Check, fail, notApplicable, pass, unknown } from '../../check.ts'
import type { Look } from '../../look/look.ts'
import { npmLockfileGaps } from './npm-lockfile.ts'

/** Lockfiles by what writes them; two writers contradict each other, and nobody knows which one was tested. */
const writers: Record<string, string> = {
  'package-lock.json': 'npm',
  'npm-shrinkwrap.json': 'npm',
  'pnpm-lock.yaml': 'pnpm',
  'yarn.lock': 'yarn',
  'bun.lock': 'bun',
  'bun.lockb': 'bun',
  'uv.lock': 'uv',
  'poetry.lock': 'poetry',
  'Pipfile.lock': 'pipenv',
  'pdm.lock': 'pdm',
  'go.sum': 'go',
  'go.work.sum': 'go',
}

/** APP-11. */
export const lockfile: Check = {
  id: 'APP-11',
  title: 'exactly one lockfile is there, and it is in step with the manifest',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['static']],
  fix: 'Install once with the package manager that you use, commit the lockfile that it writes, and delete those of others.',
  static: (look) => lockfileOf(look),
}

function lockfileOf(look: Look): Answer {
  const { app, files } = look
  if (app.stack === 'static') return notApplicable('files are served as they are, and nothing is installed')
  if (app.stack === 'node' && !app.hasDependencies) return notApplicable('it depends on nothing')
  const own = Object.keys(writers).filter((name) => files.exists(name))
  // Those of a workspace lie where it begins.
  const present = [...new Set([...app.lockfiles, ...own])]
  const evidence = present.map((path) => ({ says: `a lockfile of ${writerOf(path)}`, file: files.at(path) }))
  if (new Set(present.map(writerOf)).size > 1)
    return fail(`${present.map(nameOf).join(' and ')} contradict each other`, evidence)
  const [path] = present
  if (path === undefined) return withoutLockfile(look)
  const name = nameOf(path)
  if (name !== 'package-lock.json') return pass(`${name} is there`, evidence)
  const gaps = gapsOf(look, posix.dirname(path))
  if (gaps === null) return unknown(`${name} is of a form that is not known here`, evidence)
  if (gaps.length === 0) return pass(`${name} is in step with package.json`, evidence)
  return fail(`${name} is out of step: ${gaps.join(', ')}`, evidence)
}

function nameOf(path: string): string {
  return posix.basename(path)
}

function writerOf(path: string): string | undefined {
  return writers[nameOf(path)]
}

/** Of the app, and of what it is installed with: `npm ci` looks at both before it installs any. */
function gapsOf({ files }: Look, folder: string): string[] | null {
  const lock = files.read(posix.join(folder, 'package-lock.json'))
  const top = npmLockfileGaps(files.read(posix.join(folder, 'package.json')), lock)
  if (folder === '.' || top === null) return top
  const member = posix.relative(files.at(folder), files.at('.'))
  return [...top, ...(npmLockfileGaps(files.read('package.json'), lock, member) ?? [])]
}

function withoutLockfile({ app, files }: Look): Answer {
  if (app.stack === 'go') return notApplicable('it depends on nothing')
  if (app.stack !== 'python' || app.requirements === null) return fail('there is no lockfile')
  return pinnedRequirements(files.read(app.requirements) ?? '', files.at(app.requirements))
}

/** `pip freeze` is the lockfile of those who have no other: every line names one version. */
function pinnedRequirements(text: string, file: string): Answer {
  const loose = text.split('\n').flatMap((line, index) => {
    const wanted = line.replace(/(?:^|\s)#.*$/, '').trim()
    const isLoose = wanted !== '' && !wanted.startsWith('-') && !/===?[^,]+$|@ /.test(wanted)
    return isLoose ? [{ says: `${wanted} names no one version`, file, line: index + 1 }] : []
  })
  if (loose.length > 0)
    return fail(`${file} leaves versions open, and there is no lockfile`, loose.slice(0, 5))
  return pass(`every line of ${file} names one version`, [{ says: 'all versions are pinned', file }])
}
