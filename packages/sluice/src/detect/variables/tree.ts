/** As much of a tree of Lezer's as is looked at. */
interface Tree {
  type: { name: string }
  length: number
  iterate(spec: {
    enter: (node: { type: { name: string; isError: boolean }; from: number; to: number }) => void
    leave: () => void
  }): void
}

/** A node of a tree of Lezer's, with what is needed to walk it both ways. */
export interface TreeNode {
  type: string
  from: number
  to: number
  parent: TreeNode | null
  children: TreeNode[]
}

/** Where the parser met what the language does not have is told by `brokenAt`, an offset; null: nowhere. */
export function toNodes(tree: Tree): { root: TreeNode; brokenAt: number | null } {
  const root: TreeNode = { type: tree.type.name, from: 0, to: tree.length, parent: null, children: [] }
  let above: TreeNode | null = null
  let brokenAt: number | null = null
  tree.iterate({
    enter({ type, from, to }) {
      if (type.isError) brokenAt ??= from
      const node: TreeNode =
        above === null ? root : { type: type.name, from, to, parent: above, children: [] }
      above?.children.push(node)
      above = node
    },
    leave() {
      above = above!.parent
    },
  })
  return { root, brokenAt }
}

export function childOf(node: TreeNode, type: string): TreeNode | null {
  return node.children.find((it) => it.type === type) ?? null
}

/** What stands between commas, without the brackets around it. */
export function listed(node: TreeNode): TreeNode[][] {
  const groups: TreeNode[][] = [[]]
  for (const child of node.children) {
    if (child.type === ',') groups.push([])
    else if (!['(', ')', '[', ']', '{', '}', 'Comment'].includes(child.type)) groups.at(-1)!.push(child)
  }
  return groups.filter((group) => group.length > 0)
}
