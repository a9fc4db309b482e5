import type { CiFile } from '../../look/ci-files.ts'
import type { Weighed } from '../../look/weighed.ts'
import { entriesOf, field } from '../../look/yaml-documents.ts'

/** Orbs of CircleCI, by whether they are pinned: a full version never changes, `@5`, `@volatile` and `@dev:…` do. */
export function orbPins({ document }: CiFile): Partial<Weighed> {
  if (document === null) return {}
  const orbs = entriesOf(field(document.value, 'orbs')).flatMap(([name, orb]) =>
    typeof orb === 'string' ? [{ orb, line: document.lineOf(['orbs', name]) }] : [],
  )
  const isPinned = ({ orb }: { orb: string }) => /@\d+\.\d+\.\d+$/.test(orb)
  const { file } = document
  return {
    bad: orbs
      .filter((one) => !isPinned(one))
      .map(({ orb, line }) => ({ says: `orb ${orb} may be another one tomorrow`, file, line })),
    good: orbs.filter(isPinned).map(({ orb, line }) => ({ says: `orb ${orb} is pinned`, file, line })),
  }
}
