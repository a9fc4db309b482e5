import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where bin, code and package.json of this Sluice lie. */
export const packageFolder = fileURLToPath(new URL('../..', import.meta.url))

/** Of this package, as `--version` says it. */
export function ownVersion(): string {
  return (JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string })
    .version
}

/** Whether version `a` was released before `b`; a pre-release counts as its release. */
export function isOlder(a: string, b: string): boolean {
  const [partsA, partsB] = [numbersOf(a), numbersOf(b)]
  const place = partsA.findIndex((part, index) => part !== partsB[index])
  return place >= 0 && partsA[place]! < partsB[place]!
}

function numbersOf(version: string): number[] {
  const [plain = ''] = version.split(/[-+]/)
  return [0, 1, 2].map((place) => Number(plain.split('.')[place] ?? 0))
}
