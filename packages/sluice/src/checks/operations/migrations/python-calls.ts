import { parser } from '@lezer/python'
import { childOf, listed, type TreeNode, toNodes } from '../../../detect/variables/tree.ts'
import { lineAt } from '../../look/files.ts'

/** A call in Python, as it is written. */
export interface PythonCall {
  /** `migrations.AddField` */
  name: string
  /** Each as text. */
  positional: string[]
  named: Map<string, string>
  /** From 1. */
  line: number
  /** Names of the functions, and of the arguments of calls, that it stands in: `upgrade`, `state_operations`. */
  within: string[]
}

/** Every call in a file, the outer ones first. */
export function pythonCalls(text: string): PythonCall[] {
  const calls: PythonCall[] = []
  visit(toNodes(parser.parse(text)).root, [])
  return calls

  function visit(node: TreeNode, within: string[]): void {
    const inner =
      node.type === 'FunctionDefinition' ? [...within, written(childOf(node, 'VariableName'))] : within
    const args = node.type === 'CallExpression' ? childOf(node, 'ArgList') : null
    if (args === null) {
      for (const child of node.children) visit(child, inner)
      return
    }
    const named = new Map<string, string>()
    const positional: string[] = []
    const call = {
      name: written(node.children[0] ?? null),
      positional,
      named,
      line: lineAt(text, node.from),
      within,
    }
    calls.push(call)
    for (const group of listed(args)) {
      const isNamed = group[1]?.type === 'AssignOp'
      const value = isNamed ? group.slice(2) : group
      const all = text.slice(value[0]?.from, value.at(-1)?.to)
      if (isNamed) named.set(written(group[0]!), all)
      else positional.push(all)
      for (const child of value) visit(child, isNamed ? [...inner, written(group[0]!)] : inner)
    }
  }

  function written(node: TreeNode | null): string {
    return node === null ? '' : text.slice(node.from, node.to)
  }
}

/** What a text in Python says: `'a' 'b'` is `ab`; null where it is something else, or is put together while it runs. */
export function pythonText(source: string): string | null {
  const parts = [
    ...source.matchAll(
      /\s*(?:[rRuUbB]{0,2})(?:"""([\s\S]*?)"""|'''([\s\S]*?)'''|"((?:\\.|[^"\\\n])*)"|'((?:\\.|[^'\\\n])*)')\s*/gy,
    ),
  ]
  const length = parts.reduce((sum, [all]) => sum + all.length, 0)
  if (parts.length === 0 || length !== source.length) return null
  return parts.map(([, ...texts]) => texts.find((one) => one !== undefined) ?? '').join('')
}
