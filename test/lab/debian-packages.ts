import { existsSync } from 'node:fs'
import { commanded } from './command.ts'

/** One installed package, and what it cannot do without. */
interface Package {
  name: string
  isEssential: boolean
  provides: string[]
  /** Any one of the names in a row will do. */
  needs: string[][]
}

/** The names of these packages and of all that they need, as installed on this machine; throws when one of them is not. */
export async function packagesWith(wanted: string[]): Promise<string[]> {
  const installed = await installedPackages()
  const byName = new Map(installed.flatMap((found) => found.provides.map((name) => [name, found])))
  for (const found of installed) byName.set(found.name, found)
  const missing = wanted.filter((name) => !byName.has(name))
  if (missing.length > 0) throw new Error(`not installed: apt-get install ${missing.join(' ')}`)
  const closed = new Set<string>()
  const open = wanted.map((name) => byName.get(name)!)
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (closed.has(next.name)) continue
    closed.add(next.name)
    for (const choices of next.needs) {
      const chosen = choices.map((name) => byName.get(name)).find((found) => found !== undefined)
      if (chosen !== undefined) open.push(chosen)
    }
  }
  return [...closed].sort()
}

/** The packages that Debian is never without: a shell, coreutils, dpkg. */
export async function essentialPackages(): Promise<string[]> {
  return (await installedPackages()).filter(({ isEssential }) => isEssential).map(({ name }) => name)
}

/** The files of installed packages, without manuals, under the paths where they really are: `/bin` is a link to `/usr/bin`. */
export async function filesOf(packages: string[]): Promise<string[]> {
  const listed = await commanded('dpkg-query', ['--listfiles', ...packages])
  const paths = listed
    .split('\n')
    .filter((line) => line.startsWith('/') && line !== '/.')
    .map((path) => path.replace(/^\/(bin|sbin|lib|lib32|lib64|libx32)(?=\/|$)/, '/usr/$1'))
    .filter((path) => !/^\/usr\/share\/(doc|man|locale|info|lintian)\/./.test(path))
  return [...new Set(paths)].filter((path) => existsSync(path))
}

async function installedPackages(): Promise<Package[]> {
  const fields = ['db:Status-Abbrev', 'Package', 'Essential', 'Provides', 'Depends', 'Pre-Depends']
  const format = `${fields.map((field) => `\${${field}}`).join('\t')}\n`
  const rows = (await commanded('dpkg-query', ['--show', `--showformat=${format}`])).split('\n')
  return rows
    .map((row) => row.split('\t'))
    .filter(([status]) => status?.startsWith('ii'))
    .map(([, name, essential, provides, depends, preDepends]) => ({
      name: name!,
      isEssential: essential === 'yes',
      provides: namesIn(provides ?? '').flat(),
      needs: [...namesIn(depends ?? ''), ...namesIn(preDepends ?? '')],
    }))
}

/** `libc6 (>= 2.34), gpgv | gpgv2` are two rows of names. */
function namesIn(relations: string): string[][] {
  const rows = relations.split(',').map((row) => row.split('|').map((name) => name.trim().split(/[ :(]/)[0]!))
  return rows.map((row) => row.filter((name) => name !== '')).filter((row) => row.length > 0)
}
