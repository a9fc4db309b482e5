import { lineAt } from '../../look/files.ts'
import type { Look } from '../../look/look.ts'
import type { Weighed } from '../../look/weighed.ts'

const PLACES = /^(?:\.github\/|\.gitlab\/)?(?:renovate\.json5?|\.renovaterc(?:\.json5?)?)$/

const PER_UNIT: Record<string, number> = { hour: 1 / 24, day: 1, week: 7, month: 30 }

/** What Renovate is told. Read as text, since it may be JSON5 (docs.renovatebot.com, `minimumReleaseAge`, before `stabilityDays`). */
export function renovate({ repositoryFiles: files }: Look, leastDays: number): Partial<Weighed> {
  const path =
    files.matching(PLACES)[0] ?? (inManifest(files.read('package.json')) ? 'package.json' : undefined)
  const text = path === undefined ? null : files.read(path)
  if (path === undefined || text === null) return {}
  const file = files.at(path)
  const ages = [...text.matchAll(/["']?(minimumReleaseAge|stabilityDays)["']?\s*:\s*["']?(\d+)\s*([a-z]*)/g)]
  const longest = ages.toSorted((a, b) => daysOf(b) - daysOf(a))[0]
  if (longest !== undefined) {
    const line = lineAt(text, longest.index)
    const days = daysOf(longest)
    const evidence = [{ says: `updates wait for ${days} days`, file, line }]
    return days >= leastDays ? { good: evidence } : { bad: evidence }
  }
  const preset = /["']((?:github|gitlab|local|bitbucket)>[^"']+)["']/.exec(text)
  if (preset !== null)
    return {
      open: [
        { says: `how long updates wait may stand in ${preset[1]}`, file, line: lineAt(text, preset.index) },
      ],
    }
  return { bad: [{ says: 'Renovate is told no minimumReleaseAge', file }] }
}

function daysOf([, name, count, unit = '']: RegExpExecArray): number {
  if (name === 'stabilityDays') return Number(count)
  return Math.round(Number(count) * (PER_UNIT[unit.replace(/s$/, '')] ?? 0) * 10) / 10
}

function inManifest(text: string | null): boolean {
  return text !== null && /"renovate"\s*:\s*\{/.test(text)
}
