import type { CiFile, CiSystem } from '../../look/ci-files.ts'
import type { Weighed } from '../../look/weighed.ts'
import { entriesOf, field, listOf, type YamlDocument } from '../../look/yaml-documents.ts'

type At = (string | number)[]

/** Images in which jobs run, or servers beside them, by whether they are named by digest. Names out of variables are left out. */
export function imagePins({ system, document }: CiFile): Partial<Weighed> {
  if (document === null) return {}
  const named = jobsOf(system, document.value)
    .flatMap(({ job, at }) => imagesOf(job, at))
    .filter(({ image }) => !/\$|<</.test(image))
  const isPinned = ({ image }: Named) => image.includes('@sha256:')
  return {
    weak: named.filter((one) => !isPinned(one)).map((one) => evidence(document, one, 'is no digest')),
    good: named.filter(isPinned).map((one) => evidence(document, one, 'is a digest')),
  }
}

/** What may name an image: jobs, and what says something for all of them. */
function jobsOf(system: CiSystem, value: unknown): { job: unknown; at: At }[] {
  const below = (key: string) => entriesOf(field(value, key)).map(([id, job]) => ({ job, at: [key, id] }))
  if (system === 'github') return below('jobs')
  if (system === 'circleci') return [...below('jobs'), ...below('executors')]
  return [{ job: value, at: [] }, ...entriesOf(value).map(([id, job]) => ({ job, at: [id] }))]
}

interface Named {
  image: string
  at: At
}

function imagesOf(job: unknown, at: At): Named[] {
  return [
    ...named(field(job, 'image'), [...at, 'image']),
    ...named(field(job, 'container'), [...at, 'container']),
    ...['services', 'docker'].flatMap((key) => {
      const value = field(job, key)
      return [...listOf(value).entries(), ...entriesOf(value)].flatMap(([index, one]) =>
        named(one, [...at, key, index]),
      )
    }),
  ]
}

function named(value: unknown, at: At): Named[] {
  const image = [value, field(value, 'image'), field(value, 'name')].find((one) => typeof one === 'string')
  return typeof image === 'string' ? [{ image, at }] : []
}

function evidence({ file, lineOf }: YamlDocument, { image, at }: Named, says: string) {
  return { says: `image ${image} ${says}`, file, line: lineOf(at) }
}
