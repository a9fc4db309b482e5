import { intersects, validRange } from 'semver'
import type { Concluded, Evidence } from '../facts.ts'
import { placeOf, short } from '../place.ts'
import type { Survey } from '../survey.ts'
import { record, toolVersion, versionFile } from '../tool-versions.ts'
import type { Toml } from './dependencies.ts'
import { lockedRange, type UvMember } from './uv-workspace.ts'

/** Minor versions that are maintained, the newest first. As of November 2026. */
const maintained = [14, 13, 12, 11]

/** The minor version of Python, `3.13`: what is written down for a version manager, else the newest a range lets in. */
export function pythonVersion(
  survey: Survey,
  { folder, member }: { folder: string; member: UvMember | null },
  pyproject: Toml | null,
  pipfile: Toml | null,
): Concluded<string> | null {
  const above = member === null || member.workspace.folder === folder ? null : member.workspace.folder
  return (
    // Of a workspace uv is called where it begins, and reads what is there.
    (above === null ? null : pinned(survey, above)) ??
    pinned(survey, folder) ??
    fromLock(survey, member) ??
    fromRange(survey, pyproject, record(pyproject?.fields.project)['requires-python'], 'requires-python') ??
    fromRange(
      survey,
      pyproject,
      record(record(record(pyproject?.fields.tool).poetry).dependencies).python,
      'python',
    ) ??
    fromPipfile(pipfile)
  )
}

// What a person wrote down for a version manager, or for a platform.
function pinned(survey: Survey, folder: string): Concluded<string> | null {
  return (
    exact(survey, versionFile(survey, folder, '.python-version')) ??
    exact(survey, toolVersion(survey, folder, ['python'])) ??
    exact(survey, versionFile(survey, folder, 'runtime.txt'))
  )
}

// `3.13.1`, `python-3.11.4`, `cpython-3.12`, `cpython@3.12`.
function exact(survey: Survey, written: Concluded<string> | null): Concluded<string> | null {
  if (written === null) return null
  if (/^(?:latest|3)$/.test(written.value)) return { value: `3.${maintained[0]}`, from: written.from }
  const minor = /^(?:c?python[-@])?(3\.\d{1,2})(?:\D|$)/.exec(written.value)?.[1]
  if (minor === undefined)
    survey.note(`${written.from.file}: ${short(written.value)} names no version of Python 3 with its minor`)
  return minor === undefined ? null : { value: minor, from: written.from }
}

function fromRange(
  survey: Survey,
  toml: Toml | null,
  written: unknown,
  key: string,
): Concluded<string> | null {
  if (toml === null || typeof written !== 'string' || written.trim() === '') return null
  const range = rangeOf(written)
  if (range === null) {
    survey.note(`${key} in ${toml.file} is ${short(written)}, which is no range of versions`)
    return null
  }
  const from = placeOf(toml.file, toml.text, [new RegExp(`^${key}\\s*=`, 'm')], `${key} is ${short(written)}`)
  return newestIn(range, from)
}

function fromLock(survey: Survey, member: UvMember | null): Concluded<string> | null {
  const locked = member === null ? null : lockedRange(survey, member)
  const range = locked === null ? null : rangeOf(locked.value)
  return range === null ? null : newestIn(range, locked!.from)
}

function newestIn(range: string, from: Evidence): Concluded<string> | null {
  const older = Array.from({ length: 30 }, (_, index) => 30 - index)
  const minor = [...maintained, ...older].find((one) => intersects(range, `>=3.${one}.0 <3.${one + 1}.0`))
  return minor === undefined ? null : { value: `3.${minor}`, from }
}

function rangeOf(written: string): string | null {
  return written.length > 200 ? null : validRange(asSemver(written))
}

/** PEP 440 as semver has it. What leaves single versions out does not decide about a minor one. */
function asSemver(written: string): string {
  return written
    .split('||')
    .map((some) =>
      some
        .split(',')
        .map((one) => one.trim())
        .filter((one) => !one.startsWith('!='))
        .map((one) => {
          const [, operator = '', version = ''] = /^([~=<>^]*)\s*v?([\d.*]+)/.exec(one) ?? []
          if (operator === '~=') return version.split('.').length > 2 ? `~${version}` : `^${version}`
          return `${operator.replace(/^={2,3}$/, '')}${version.replace(/\.\*$/, '.x')}`
        })
        .join(' '),
    )
    .join(' || ')
}

function fromPipfile(pipfile: Toml | null): Concluded<string> | null {
  const requires = record(pipfile?.fields.requires)
  const key = ['python_full_version', 'python_version'].find((one) => typeof requires[one] === 'string')
  const minor = key === undefined ? undefined : /^3\.\d{1,2}/.exec(requires[key] as string)?.[0]
  if (pipfile === null || minor === undefined) return null
  return {
    value: minor,
    from: placeOf(pipfile.file, pipfile.text, [key!], `${key} is ${short(String(requires[key!]))}`),
  }
}
