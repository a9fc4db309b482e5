import { visitorKeys } from 'oxc-parser'

/** A node of the syntax tree, as plain as it comes. */
export interface Node {
  type: string
  [field: string]: unknown
}

/** Visits a node and everything below it, with the node above and the field that it stands in. */
export function walk(
  node: Node,
  visit: (node: Node, parent: Node | null, field: string) => void,
  parent: Node | null = null,
  field = '',
): void {
  visit(node, parent, field)
  for (const name of visitorKeys[node.type] ?? []) {
    for (const child of [node[name]].flat()) if (isNode(child)) walk(child, visit, node, name)
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value
}
