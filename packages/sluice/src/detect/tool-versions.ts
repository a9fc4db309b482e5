import { posix } from 'node:path'
import { parse } from 'smol-toml'
import type { Concluded } from './facts.ts'
import { placeOf, short } from './place.ts'
import type { Survey } from './survey.ts'

/** What a person wrote down for a version manager: `24.1`, `lts/jod`. The first of several. */
export function toolVersion(survey: Survey, folder: string, tools: string[]): Concluded<string> | null {
  return fromMise(survey, folder, tools) ?? fromToolVersions(survey, folder, tools)
}

/** The first line of a file that holds a version and nothing else, such as .nvmrc. */
export function versionFile(survey: Survey, folder: string, name: string): Concluded<string> | null {
  const file = posix.join(folder, name)
  const lines = survey.read(file)?.split('\n') ?? []
  const index = lines.findIndex((line) => line.replace(/#.*/, '').trim() !== '')
  if (index === -1) return null
  const value = lines[index]!.replace(/#.*/, '').trim()
  return { value, from: { file, line: index + 1, says: `${name} says ${short(value)}` } }
}

function fromMise(survey: Survey, folder: string, tools: string[]): Concluded<string> | null {
  for (const name of ['mise.toml', '.mise.toml']) {
    const file = posix.join(folder, name)
    const text = survey.read(file)
    if (text === null) continue
    const table = record(parsedToml(survey, file, text)?.tools)
    for (const tool of tools) {
      const found = [table[tool]].flat().map((one) => record(one).version ?? one)[0]
      if (typeof found !== 'string' && typeof found !== 'number') continue
      const value = String(found)
      return { value, from: placeOf(file, text, ['[tools', tool], `${name} has ${tool} ${short(value)}`) }
    }
  }
  return null
}

function fromToolVersions(survey: Survey, folder: string, tools: string[]): Concluded<string> | null {
  const file = posix.join(folder, '.tool-versions')
  const lines = survey.read(file)?.split('\n') ?? []
  for (const [index, line] of lines.entries()) {
    const [tool, value] = line.trim().split(/\s+/)
    if (tool === undefined || value === undefined || !tools.includes(tool)) continue
    return { value, from: { file, line: index + 1, says: `.tool-versions has ${tool} ${short(value)}` } }
  }
  return null
}

/** TOML as an object; null, and a note, where it is broken. */
export function parsedToml(survey: Survey, file: string, text: string): Record<string, unknown> | null {
  try {
    return record(parse(text))
  } catch (error) {
    survey.note(`${file} is no TOML: ${short(error instanceof Error ? error.message : String(error))}`)
    return null
  }
}

/** A plain object, or an empty one where something else was written. */
export function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}
}
