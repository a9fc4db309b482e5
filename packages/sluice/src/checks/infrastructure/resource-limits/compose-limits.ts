import { type Answer, fail, pass } from '../../check.ts'
import type { Look } from '../../look/look.ts'
import { entriesOf, field, yamlDocuments } from '../../look/yaml-documents.ts'

/** Files by their name for production alone: what is for a developer's machine needs no limits. */
const files = /(?:^|\/)(?:docker-)?(?:compose|stack)[.-]prod(?:uction)?\.ya?ml$/

/** Limits of the services that Compose or a stack of Swarm runs in production. */
export function ofCompose({ repositoryFiles }: Look): Answer | null {
  const services = repositoryFiles.matching(files).flatMap((path) =>
    yamlDocuments(repositoryFiles, path).documents.flatMap((document) =>
      entriesOf(field(document.value, 'services')).map(([name, service]) => ({
        ...{ name, file: document.file, line: document.lineOf(['services', name]) },
        ...limitsOf(service),
      })),
    ),
  )
  if (services.length === 0) return null
  const open = services.filter(({ hasMemory, hasCpus }) => !hasMemory || !hasCpus)
  const place = (one: (typeof services)[number], says: string) => ({ says, file: one.file, line: one.line })
  if (open.length === 0)
    return pass(
      'every service of Compose has limits',
      services.map((one) => place(one, `limits of ${one.name}`)),
    )
  return fail(
    `services of Compose without a limit of CPU or memory: ${open.map(({ name }) => name).join(', ')}`,
    open.map((one) => place(one, `${one.name} lacks ${one.hasMemory ? 'cpus' : 'memory'}`)),
  )
}

// As Compose has them, and as files of version 2 had.
function limitsOf(service: unknown): { hasMemory: boolean; hasCpus: boolean } {
  const limits = field(service, 'deploy', 'resources', 'limits')
  return {
    hasMemory: field(limits, 'memory') !== null || field(service, 'mem_limit') !== null,
    hasCpus: field(limits, 'cpus') !== null || field(service, 'cpus') !== null,
  }
}
