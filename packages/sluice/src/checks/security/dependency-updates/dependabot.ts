import type { Look } from '../../look/look.ts'
import { merged, type Weighed } from '../../look/weighed.ts'
import { field, listOf, type YamlDocument, yamlDocuments } from '../../look/yaml-documents.ts'

/** What Dependabot is told, by ecosystem (docs.github.com, "Dependabot options reference", `cooldown`). */
export function dependabot({ repositoryFiles: files }: Look, leastDays: number): Partial<Weighed> {
  const found = files.matching(/^\.github\/dependabot\.ya?ml$/).map((path) => {
    const { documents, problem } = yamlDocuments(files, path)
    if (problem !== null) return { open: [{ says: problem, file: files.at(path) }] }
    return merged(...documents.map((document) => updatesIn(document, leastDays)))
  })
  return merged(...found)
}

function updatesIn(document: YamlDocument, leastDays: number): Partial<Weighed> {
  const { file } = document
  const updates = listOf(field(document.value, 'updates'))
  if (updates.length === 0) return { bad: [{ says: 'Dependabot is told to update nothing', file }] }
  return merged(
    ...updates.map((update, index): Partial<Weighed> => {
      const ecosystem = String(field(update, 'package-ecosystem') ?? '?')
      const line = document.lineOf(['updates', index])
      // No versions are asked for, only updates of security, which do not wait.
      if (field(update, 'open-pull-requests-limit') === 0)
        return { good: [{ says: `${ecosystem} is updated for security`, file, line }] }
      const days = Number(field(update, 'cooldown', 'default-days') ?? 0)
      if (days >= leastDays) return { good: [{ says: `${ecosystem} waits for ${days} days`, file, line }] }
      const says = days > 0 ? `only ${days} days` : 'no days'
      return { bad: [{ says: `${ecosystem} waits for ${says}`, file, line }] }
    }),
  )
}
