import { once } from './look.ts'
import { field, listOf, type YamlDocument, yamlDocuments } from './yaml-documents.ts'

/** An alerting rule of Prometheus, from a rule file or a PrometheusRule object. */
export interface AlertRule {
  name: string
  expr: string
  /** As written: `5m`; empty where it fires at once. */
  for: string
  labels: Record<string, string>
  annotations: Record<string, string>
  file: string
  line: number
}

/** Every alerting rule in the repository. */
export const alertRules = once(({ repositoryFiles: files }): AlertRule[] =>
  files.matching(/\.ya?ml$/).flatMap((path) => {
    const text = files.read(path) ?? ''
    if (!/^\s*(?:- )?alert:/m.test(text) || !/^\s*(?:- )?expr:/m.test(text)) return []
    return yamlDocuments(files, path).documents.flatMap(rulesIn)
  }),
)

function rulesIn(document: YamlDocument): AlertRule[] {
  const at = field(document.value, 'kind') === 'PrometheusRule' ? ['spec', 'groups'] : ['groups']
  return listOf(field(document.value, ...at)).flatMap((group, groupIndex) =>
    listOf(field(group, 'rules')).flatMap((rule, ruleIndex): AlertRule[] => {
      const name = field(rule, 'alert')
      if (typeof name !== 'string') return []
      return [
        {
          name,
          expr: String(field(rule, 'expr') ?? ''),
          for: String(field(rule, 'for') ?? ''),
          labels: textsOf(field(rule, 'labels')),
          annotations: textsOf(field(rule, 'annotations')),
          file: document.file,
          line: document.lineOf([...at, groupIndex, 'rules', ruleIndex, 'alert']),
        },
      ]
    }),
  )
}

function textsOf(value: unknown): Record<string, string> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return Object.fromEntries(entries.map(([key, text]) => [key, String(text)]))
}
