import { Document, Scalar, visit } from 'yaml'

/** A value with a comment behind it, for a person. */
export function noted(value: string, comment: string): Scalar {
  const scalar = new Scalar(value)
  scalar.comment = ` ${comment}`
  return scalar
}

/** Plain data as YAML that a person reads: scripts as they are written, and nothing folded. */
export function yamlText(value: unknown): string {
  const document = new Document(value, { aliasDuplicateObjects: false })
  visit(document, {
    Scalar(key, scalar) {
      if (key !== 'key' && typeof scalar.value === 'string' && scalar.value.includes('\n'))
        scalar.type = Scalar.BLOCK_LITERAL
    },
  })
  return document.toString({ lineWidth: 0 })
}

/** YAML with an empty line before each line that begins a part: `isPart` is told its indent and its key. */
export function inParts(text: string, isPart: (indent: number, key: string) => boolean): string {
  const lines = text.split('\n')
  return lines
    .map((line, at) => {
      const [, indent = '', key] = /^( *)([\w-]+):(?: |$)/.exec(line) ?? []
      // The first of a list is not set apart from what it belongs to.
      const isFirst = at === 0 || lines[at - 1]!.search(/\S/) < indent.length
      return key !== undefined && !isFirst && isPart(indent.length, key) ? `\n${line}` : line
    })
    .join('\n')
}
