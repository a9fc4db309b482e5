/** What a field's tag says of the environment. */
export interface TaggedVariable {
  name: string
  fallback: string | null
}

/** The `key:"value"` pairs of a tag, as reflect.StructTag reads them. */
function pairsOf(tag: string): Map<string, string> {
  const pairs = new Map<string, string>()
  for (const [, key, value] of tag.matchAll(/([^\s":]+):"((?:[^"\\]|\\[\s\S])*)"/g)) {
    if (!pairs.has(key!)) pairs.set(key!, value!.replace(/\\([\s\S])/g, '$1'))
  }
  return pairs
}

/** `env:"X" envDefault:"d"`, `env:"X, default=d"`, `envconfig:"X" default:"d"`. Null: none is named. */
export function taggedVariable(tag: string): TaggedVariable | null {
  const pairs = pairsOf(tag)
  const written = pairs.get('env') ?? pairs.get('envconfig')
  if (written === undefined) return null
  const name = written.split(',')[0]!.trim()
  const option = /,\s*default=([^,]*)/.exec(written)?.[1]
  const fallback =
    pairs.get('envDefault') ?? pairs.get('env-default') ?? pairs.get('default') ?? option ?? null
  return /^[A-Za-z_]\w*$/.test(name) ? { name, fallback } : null
}

/** Whether a tag puts something before the names of the fields of another struct, so that those are not what is read. */
export function hasPrefix(tag: string): boolean {
  const pairs = pairsOf(tag)
  return pairs.has('envPrefix') || pairs.has('env-prefix') || /,\s*prefix=./.test(pairs.get('env') ?? '')
}
