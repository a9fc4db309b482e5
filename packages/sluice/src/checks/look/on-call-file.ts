import { once } from './look.ts'
import { entriesOf, listOf, type YamlDocument, yamlDocuments } from './yaml-documents.ts'

const PATHS = ['ops/on-call.yaml', 'ops/on-call.yml', 'ops/oncall.yaml']

/** Who is told, and what is promised: ops/on-call.yaml of the app, or of its repository; null where there is none. */
export const onCallFile = once(({ files, repositoryFiles }): YamlDocument | null => {
  for (const some of [files, repositoryFiles]) {
    const path = PATHS.find((one) => some.exists(one))
    if (path !== undefined) return yamlDocuments(some, path).documents[0] ?? null
  }
  return null
})

/** Whether something was filled in: neither absent nor empty nor a TODO. */
export function isFilled(value: unknown): boolean {
  if (value === null || value === undefined) return false
  return !/^\s*(?:TODO\b.*)?$/s.test(String(value))
}

/** Where a TODO is left below `at`. */
export function todosIn(value: unknown, at: (string | number)[] = []): (string | number)[][] {
  if (Array.isArray(value)) return listOf(value).flatMap((one, index) => todosIn(one, [...at, index]))
  if (typeof value === 'object' && value !== null)
    return entriesOf(value).flatMap(([key, one]) => todosIn(one, [...at, key]))
  return typeof value === 'string' && /^\s*TODO\b/.test(value) ? [at] : []
}
