import type { Instruction } from '../../../generators/dockerfile/instructions.ts'
import { nameOf } from '../../../generators/dockerfile/reading.ts'

/** How sure it is that an image is the same tomorrow. */
export type Pin = 'digest' | 'tag' | 'floating' | 'unresolved'

/** By its name alone. A tag without a number, such as `alpine`, `lts` or `latest`, says no version. */
export function pinOf(image: string): Pin {
  if (image.includes('$')) return 'unresolved'
  if (image === 'scratch' || /@sha256:[0-9a-f]{64}$/.test(image)) return 'digest'
  const { name, tag } = nameOf(image)
  if (tag === null) return 'floating'
  if (/(?:^|\/)(?:debian|ubuntu)$/.test(name) && codename.test(tag)) return 'tag'
  // Of these images the version stands in the name, and tags say what for.
  const isDistroless = name.startsWith('gcr.io/distroless/') && /debian\d/.test(name) && tag !== 'latest'
  return isDistroless || /(?:^|[^a-z])v?\d/i.test(tag) ? 'tag' : 'floating'
}

/** Systems whose versions have names. */
const codename = /^(?:trixie|bookworm|bullseye|noble|jammy|focal)(?:-|$)/

/** With the values of ARGs in the place of their names: those that are given, then those before the first FROM. */
export function withArguments(
  image: string,
  globals: readonly Instruction[],
  given: Record<string, string>,
): string {
  const defaults = globals.flatMap(({ properties }) =>
    properties.map(({ name, value }) => [name, value] as const),
  )
  const values = new Map<string, string | null>([...defaults, ...Object.entries(given)])
  return image.replaceAll(
    /\$(?:(\w+)|\{(\w+)(?::-([^}]*))?\})/g,
    (whole, bare, braced, otherwise) => values.get(bare ?? braced) ?? otherwise ?? whole,
  )
}
