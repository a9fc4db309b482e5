import type { SourceFile } from './source-file.ts'
import { type Node, walk } from './walk.ts'

/** The keys of the object that a registry exports under this name, in their order. */
export function registeredNames(file: SourceFile, name: string): string[] {
  let names: string[] = []
  walk(file.program, (node) => {
    if (node.type !== 'VariableDeclarator' || (node.id as Node).name !== name) return
    const table = unwrapped(node.init as Node)
    if (table.type === 'ObjectExpression') names = (table.properties as Node[]).map(keyOf)
  })
  return names
}

/** What a registry imports of its own folder, by the names of the members: `./process/process.ts` is `process`. */
export function importedMembers(file: SourceFile): string[] {
  const members = file.imports
    .filter(({ isFile, written }) => isFile && written.startsWith('./'))
    .map(({ written }) => memberName(written.slice(2)))
  return [...new Set(members)]
}

/** `process/process.ts` and `process.ts` both belong to the member `process`. */
export function memberName(path: string): string {
  return path.split('/')[0]!.replace(/\.ts$/, '')
}

// `{ … } satisfies T` and `{ … } as T` hold the object one level deeper.
function unwrapped(node: Node): Node {
  return node.expression === undefined ? node : unwrapped(node.expression as Node)
}

function keyOf(property: Node): string {
  const key = property.key as { name?: string; value?: unknown }
  return String(key.name ?? key.value)
}
