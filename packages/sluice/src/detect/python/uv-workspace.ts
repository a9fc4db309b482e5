import { posix } from 'node:path'
import type { Concluded, Evidence } from '../facts.ts'
import { foldersOf } from '../folder-globs.ts'
import { placeOf, short } from '../place.ts'
import type { Survey } from '../survey.ts'
import { record } from '../tool-versions.ts'
import { type Dependencies, readDependencies, readToml, type Toml } from './dependencies.ts'
import { normalized } from './requirement.ts'

/** Projects that uv locks together: one uv.lock, and each installs the others by name. */
export interface UvWorkspace {
  folder: string
  /** Folders of its members, by the names that uv has for them. */
  members: Map<string, string>
  from: Evidence
}

/** What a project is in its workspace. */
export interface UvMember {
  workspace: UvWorkspace
  name: string
}

/** The workspace that a project is a member of, its root too; null where it stands alone, or is left out. */
export function uvMember(survey: Survey, folder: string): UvMember | null {
  for (let at = folder; ; at = posix.dirname(at)) {
    const workspace = uvWorkspaceAt(survey, at)
    if (workspace !== null) {
      const name = [...workspace.members].find(([, one]) => one === folder)?.[0]
      return name === undefined ? null : { workspace, name }
    }
    if (at === '.') return null
  }
}

/** The workspace that begins in a folder; null where none does. */
export function uvWorkspaceAt(survey: Survey, folder: string): UvWorkspace | null {
  const root = readToml(survey, folder, 'pyproject.toml')
  const table = record(record(root?.fields.tool).uv).workspace
  if (root === null || table === undefined) return null
  const { members, exclude } = record(table)
  const globs = texts(members)
  const from = placeOf(
    root.file,
    root.text,
    ['[tool.uv', 'members'],
    `members of the uv workspace are ${short(globs.join(', '))}`,
  )
  const less = texts(exclude).map((glob) => `!${glob}`)
  for (const glob of globs)
    if (!glob.startsWith('..') && foldersOf(survey, folder, [glob]).length === 0)
      survey.note(`${root.file}: ${short(glob)} in members of the uv workspace names no folder`)
  const found = new Map<string, string>()
  for (const one of [folder, ...foldersOf(survey, folder, [...globs, ...less])]) {
    const name = memberName(survey, one, one === folder)
    if (name !== null) found.set(name, one)
  }
  return { folder, members: found, from }
}

/** Notes what a project takes from a folder that is not copied with it when it is built. */
export function noteSourcesOutside(survey: Survey, folder: string, member: UvMember | null): void {
  const pyproject = readToml(survey, folder, 'pyproject.toml')
  const copied = member?.workspace.folder ?? folder
  const sources = record(record(record(pyproject?.fields.tool).uv).sources)
  for (const [name, source] of Object.entries(sources))
    for (const { path } of [source].flat().map(record)) {
      if (typeof path !== 'string') continue
      if (!posix.isAbsolute(path) && isBelow(posix.join(folder, path), copied)) continue
      const why = 'which is not copied when it is built: make both of them members of one uv workspace'
      survey.note(`${pyproject!.file} takes ${short(name)} from ${short(path)}, ${why}`)
    }
}

/** Who installs a member of a workspace, whatever else lies in its folder. */
export function uvOf({ workspace }: UvMember): Concluded<'uv'> {
  return { value: 'uv', from: workspace.from }
}

/** What the members need that a project installs, and what these install, added to its own. */
export function withMembers(survey: Survey, own: Dependencies, member: UvMember): Dependencies {
  return installed(survey, own, member).all
}

/** Folders of the members that a project installs, and of those that these install. */
export function memberFolders(survey: Survey, own: Dependencies, member: UvMember): string[] {
  return [...installed(survey, own, member).folders]
}

function installed(survey: Survey, own: Dependencies, { workspace }: UvMember) {
  const all: Dependencies = new Map(own)
  const folders = new Set<string>()
  // What is added while it is gone through is gone through as well.
  for (const name of all.keys()) {
    const folder = workspace.members.get(name)
    if (folder === undefined || folders.has(folder)) continue
    folders.add(folder)
    const pyproject = readToml(survey, folder, 'pyproject.toml')
    for (const [more, one] of readDependencies(survey, folder, pyproject, null))
      if (!all.has(more)) all.set(more, one)
  }
  return { all, folders }
}

/** The range that uv has made of those of all members, as it stands in its lockfile. */
export function lockedRange(survey: Survey, { workspace }: UvMember): Concluded<string> | null {
  const file = posix.join(workspace.folder, 'uv.lock')
  const text = survey.read(file) ?? ''
  const value = /^requires-python = "([^"\n]+)"$/m.exec(text.slice(0, 2000))?.[1]
  if (value === undefined) return null
  return { value, from: placeOf(file, text, ['requires-python'], `requires-python is ${short(value)}`) }
}

function memberName(survey: Survey, folder: string, isRoot: boolean): string | null {
  const pyproject = readToml(survey, folder, 'pyproject.toml')
  const name = record(pyproject?.fields.project).name
  if (typeof name === 'string' && /^[A-Za-z0-9][\w.-]*$/.test(name)) return normalized(name)
  // A root without one is there for its members alone, and a folder without files is passed by.
  if (!isRoot && survey.entries(folder).length > 0) survey.note(whyNoMember(folder, pyproject))
  return null
}

function whyNoMember(folder: string, pyproject: Toml | null): string {
  const lacks =
    pyproject === null ? 'has no pyproject.toml' : 'has no [project] with a name in pyproject.toml'
  return `${folder} is in the uv workspace and ${lacks}: uv installs nothing before it has, or is excluded`
}

function isBelow(path: string, folder: string): boolean {
  const inside = posix.relative(folder, path)
  return inside !== '..' && !inside.startsWith('../')
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string').slice(0, 200) : []
}
