import { intersects, minVersion, satisfies, validRange } from 'semver'
import type { Concluded } from '../facts.ts'
import { short } from '../place.ts'
import type { Survey } from '../survey.ts'
import { toolVersion, versionFile } from '../tool-versions.ts'
import { inManifest, type Manifest, strings } from './manifest.ts'

/** Majors that are maintained for long, the newest first. As of November 2026. */
const longTerm = [26, 24, 22]

const codenames: Record<string, number> = { krypton: 24, jod: 22, iron: 20, hydrogen: 18, gallium: 16 }

/**
 * The major of Node. A range in engines is a limit, and what a version manager was told is a choice within it; where
 * they contradict each other, the limit holds.
 */
export function nodeVersion(
  survey: Survey,
  manifests: Manifest[],
  folders: string[],
): Concluded<string> | null {
  const limits = manifests.map((manifest) => fromEngines(survey, manifest))
  const limit = limits.find((one) => one !== null) ?? null
  const choice = folders.map((folder) => fromFiles(survey, folder)).find((one) => one !== null)
  const chosen = choice ?? manifests.map(fromVolta).find((one) => one !== null) ?? null
  if (limit === null || chosen === null) return limit?.concluded ?? chosen
  if (intersects(limit.range, majorRange(chosen.value))) return chosen
  survey.note(`${limit.concluded.from.says}, but ${chosen.from.says}: engines was followed`)
  return limit.concluded
}

function fromEngines(
  survey: Survey,
  manifest: Manifest,
): { range: string; concluded: Concluded<string> } | null {
  const written = strings(manifest.fields.engines).node?.trim()
  if (written === undefined || written === '') return null
  const range = written.length > 200 ? null : validRange(written)
  if (range === null) {
    survey.note(`engines.node in ${manifest.file} is ${short(written)}, which is no range of versions`)
    return null
  }
  const major = newestMajor(range)
  if (major === null) return null
  const says = `engines.node is ${short(written)}`
  return { range, concluded: { value: String(major), from: inManifest(manifest, ['engines', 'node'], says) } }
}

function newestMajor(range: string): number | null {
  const fit = longTerm.find((major) => intersects(range, majorRange(String(major))))
  if (fit !== undefined) return fit
  // Only older ones, or only those in between: the newest of them that the range lets in.
  for (let major = 40; major > 0; major--) {
    if (intersects(range, majorRange(String(major)))) return major
  }
  return satisfies('0.12.18', range) ? 0 : (minVersion(range)?.major ?? null)
}

function majorRange(major: string): string {
  return `>=${major}.0.0 <${Number(major) + 1}.0.0`
}

function fromFiles(survey: Survey, folder: string): Concluded<string> | null {
  const written =
    versionFile(survey, folder, '.nvmrc') ??
    versionFile(survey, folder, '.node-version') ??
    toolVersion(survey, folder, ['node', 'nodejs'])
  if (written === null) return null
  const major = majorOf(written.value)
  if (major === null)
    survey.note(`${written.from.file}: ${short(written.value)} names no version of Node that is known`)
  return major === null ? null : { value: String(major), from: written.from }
}

function fromVolta(manifest: Manifest): Concluded<string> | null {
  const written = strings(manifest.fields.volta).node
  const major = written === undefined ? null : majorOf(written)
  if (major === null) return null
  return {
    value: String(major),
    from: inManifest(manifest, ['volta', 'node'], `volta.node is ${short(written!)}`),
  }
}

// `v22.1.0`, `22`, `lts/*`, `lts/jod`, `lts`, `node`.
function majorOf(written: string): number | null {
  const name = written.toLowerCase().replace(/^lts[/-]/, '')
  if (['*', 'lts', 'node', 'stable', 'latest', 'current'].includes(name)) return longTerm[0]!
  if (name in codenames) return codenames[name]!
  const major = /^v?(\d{1,2})(?:$|[.\s])/.exec(name)?.[1]
  return major === undefined ? null : Number(major)
}
