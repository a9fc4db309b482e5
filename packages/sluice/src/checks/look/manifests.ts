import { once } from './look.ts'
import { entriesOf, field, listOf, type YamlDocument, yamlDocuments } from './yaml-documents.ts'

/** An object of Kubernetes, as it is written in a file. */
export interface Manifest extends YamlDocument {
  kind: string
  name: string
}

/** A container of a workload, with where it stands. */
export interface ManifestContainer {
  manifest: Manifest
  name: string
  /** Plain data, as written. */
  container: unknown
  /** The pod's spec around it. */
  pod: unknown
  /** Of the container, and of the pod. */
  at: (string | number)[]
  podAt: (string | number)[]
}

const YAML = /\.(?:ya?ml|json)$/
const workloads = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob', 'Pod']

/** Kubernetes objects in the repository, and files that could not be read as YAML, such as templates of Helm. */
export const manifests = once(({ repositoryFiles: files }): { manifests: Manifest[]; unread: string[] } => {
  const found: Manifest[] = []
  const unread: string[] = []
  for (const path of files.matching(YAML)) {
    const text = files.read(path) ?? ''
    // Before it is parsed: most files are something else.
    if (!/^\s*"?apiVersion"?:/m.test(text) || !/^\s*"?kind"?:/m.test(text)) continue
    const { documents, problem } = yamlDocuments(files, path)
    if (problem !== null) unread.push(problem)
    for (const document of documents) found.push(...objectsIn(document))
  }
  return { manifests: found, unread }
})

function objectsIn(document: YamlDocument): Manifest[] {
  const kind = field(document.value, 'kind')
  if (typeof kind !== 'string' || typeof field(document.value, 'apiVersion') !== 'string') return []
  if (kind === 'List') {
    return listOf(field(document.value, 'items')).flatMap((value, index) =>
      objectsIn({ ...document, value, lineOf: (at) => document.lineOf(['items', index, ...at]) }),
    )
  }
  return [{ ...document, kind, name: String(field(document.value, 'metadata', 'name') ?? '') }]
}

/** The workloads that run for long, which are what serves: neither jobs nor single pods of a test. */
export const servingManifests = once((look) =>
  manifests(look).manifests.filter(({ kind }) => ['Deployment', 'StatefulSet', 'DaemonSet'].includes(kind)),
)

/** Every container of every workload; those that prepare it are `isInit`. */
export const manifestContainers = once((look): (ManifestContainer & { isInit: boolean })[] =>
  manifests(look)
    .manifests.filter(({ kind }) => workloads.includes(kind))
    .flatMap((manifest) => {
      const podAt = podPath(manifest.kind)
      const pod = field(manifest.value, ...podAt)
      return entriesOf(pod)
        .filter(([key]) => key === 'containers' || key === 'initContainers')
        .flatMap(([key, list]) =>
          listOf(list).map((container, index) => ({
            manifest,
            name: String(field(container, 'name') ?? ''),
            container,
            pod,
            at: [...podAt, key, index],
            podAt,
            isInit: key === 'initContainers',
          })),
        )
    }),
)

function podPath(kind: string): string[] {
  if (kind === 'Pod') return ['spec']
  if (kind === 'CronJob') return ['spec', 'jobTemplate', 'spec', 'template', 'spec']
  return ['spec', 'template', 'spec']
}
