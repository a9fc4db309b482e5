/** The same text, of the same length, with its comments blanked, so that what is found in it is code. */
export async function withoutComments(path: string, text: string): Promise<string> {
  if (path.endsWith('.go')) {
    const { parser } = await import('@lezer/go')
    return blanked(text, rangesOf(parser.parse(text), /^(?:LineComment|BlockComment)$/))
  }
  if (path.endsWith('.py')) {
    const { parser } = await import('@lezer/python')
    // A string that is a statement is a comment by another name.
    return blanked(text, rangesOf(parser.parse(text), /^Comment$/, 'ExpressionStatement'))
  }
  const { parseScript } = await import('./script.ts')
  const script = await parseScript(path, text)
  return script === null ? text : blanked(text, script.comments)
}

interface Range {
  from: number
  to: number
}

interface Tree {
  iterate(spec: {
    enter(node: Range & { name: string; node: { firstChild: { name: string } | null } }): void
  }): void
}

function rangesOf(tree: Tree, names: RegExp, statement?: string): Range[] {
  const found: Range[] = []
  tree.iterate({
    enter({ name, from, to, node }) {
      const isDoc = name === statement && node.firstChild?.name === 'String'
      if (isDoc || names.test(name)) found.push({ from, to })
    },
  })
  return found
}

function blanked(text: string, ranges: Range[]): string {
  const parts: string[] = []
  let at = 0
  for (const { from, to } of ranges) {
    if (from < at) continue
    parts.push(text.slice(at, from), text.slice(from, to).replaceAll(/[^\n]/g, ' '))
    at = to
  }
  return parts.join('') + text.slice(at)
}
