import { posix } from 'node:path'
import type { PythonFacts } from '../facts.ts'
import type { Survey } from '../survey.ts'
import { record } from '../tool-versions.ts'
import type { Toml } from './dependencies.ts'
import { normalized, parseRequirement } from './requirement.ts'

/** The files pip is given for development, by what people call them. */
const requirementsNames = ['dev', 'development', 'test', 'tests', 'testing', 'ci', 'local'].flatMap(
  (name) => [
    `requirements-${name}.txt`,
    `requirements/${name}.txt`,
    `${name}-requirements.txt`,
    `requirements_${name}.txt`,
  ],
)

/** What an app is developed and tested with, where its package manager installs that without being told more. */
export function developmentOf(
  survey: Survey,
  folder: string,
  { pyproject, pipfile, manager }: { pyproject: Toml | null; pipfile: Toml | null; manager: string },
): PythonFacts['development'] {
  const file = requirementsNames.find((name) => survey.isFile(posix.join(folder, name))) ?? null
  // Of the others each has a file of its own, and a list for pip beside it is a leftover.
  const requirements = manager === 'pip' ? file : null
  const names = [
    ...(requirements === null
      ? []
      : namesIn((survey.read(posix.join(folder, requirements)) ?? '').split('\n'))),
    ...(pyproject === null ? [] : inPyproject(pyproject.fields)),
    ...Object.keys(record(pipfile?.fields['dev-packages'])).map(normalized),
  ]
  return { dependencies: [...new Set(names)].sort(), requirements }
}

/** PEP 735, and the tables that Poetry, uv and pdm have of their own. */
function inPyproject(fields: Record<string, unknown>): string[] {
  const { poetry, uv, pdm } = record(fields.tool)
  const lists = [
    ...Object.values(record(fields['dependency-groups'])),
    record(uv)['dev-dependencies'],
    ...Object.values(record(record(pdm)['dev-dependencies'])),
  ]
  const groups = Object.values(record(record(poetry).group))
  const tables = [
    record(poetry)['dev-dependencies'],
    ...groups.filter((group) => record(group).optional !== true).map((group) => record(group).dependencies),
  ]
  return [
    ...lists.flatMap((list) => namesIn([list].flat().filter((one) => typeof one === 'string'))),
    ...tables.flatMap((table) => Object.keys(record(table)).map(normalized)),
  ]
}

function namesIn(requirements: string[]): string[] {
  return requirements.flatMap((line) => parseRequirement(line)?.name ?? [])
}
