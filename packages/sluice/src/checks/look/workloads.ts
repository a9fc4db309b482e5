import { isForTests } from './for-tests.ts'
import { type Look, once } from './look.ts'
import { type Manifest, type ManifestContainer, manifestContainers, manifests } from './manifests.ts'
import { entriesOf, field, listOf } from './yaml-documents.ts'

/** What keeps the app's own pods running, as its manifests in the repository have it. */
export interface Workload {
  manifest: Manifest
  /** Plain data, as written. */
  pod: unknown
  podAt: (string | number)[]
  podLabels: Record<string, string>
  /** Without those that prepare it. */
  containers: ManifestContainer[]
  /** Whether another file changes it, so that what is missing here may be there. */
  isPatched: boolean
}

/** Of other projects, and run beside the app: it is not the app that has to be ready for their sake. */
const foreign =
  /(?:^|\/)(?:postgres(?:ql)?|postgis|mysql|mariadb|redis|valkey|mongo(?:db)?|rabbitmq|memcached|elasticsearch|opensearch|kafka|zookeeper|nats|minio|prometheus|grafana|alertmanager|jaeger|loki|mailhog|mailpit|adminer|pgadmin4?|busybox)(?:[:@]|$)/

/** Objects of the repository that are whole: neither templates nor those that only tests and examples use. */
export const ownManifests = once((look): { manifests: Manifest[]; unread: string[] } => {
  const { manifests: all, unread } = manifests(look)
  const isTemplate = (path: string) => template.test(look.repositoryFiles.read(path) ?? '')
  const templates = new Set(all.map(({ path }) => path).filter(isTemplate))
  return {
    manifests: all.filter(({ path, file }) => !templates.has(path) && !isForTests(withinApp(look, file))),
    unread: [...unread, ...[...templates].map((path) => `${path} is a template`)],
  }
})

/** Of Helm and its like; not what Prometheus puts into the text of an alert. */
const template = /\{\{(?!-?\s*(?:\$(?:value|labels)\b|humanize\w*\s|printf\s|query\s))/

/** The app's own workloads that serve. In a repository of several apps: those in its folder, or named for it. */
export const workloads = once((look): Workload[] => {
  const all = ownManifests(look).manifests
  const own = all
    .filter((manifest) => serving.includes(manifest.kind) && isWhole(manifest))
    .map((manifest) => workloadOf(look, manifest, all))
    .filter((workload) => isOfApp(look, workload))
  // What production is, is what counts, where both are written out.
  const isElsewhere = ({ manifest }: Workload) => notProduction.test(manifest.path)
  const named = (name: string) => own.filter(({ manifest }) => manifest.name === name)
  return own.filter((one) => !isElsewhere(one) || named(one.manifest.name).every(isElsewhere))
})

const serving = ['Deployment', 'StatefulSet', 'DaemonSet']
const notProduction = /(?:^|[/._-])(?:dev|development|staging|stage|qa|test|preview|local)(?:[/._-]|$)/i

/** Why it cannot be told from the manifests; null where there are none, or the app's own could be read. */
export function unreadManifests(look: Look): string | null {
  const { unread } = ownManifests(look)
  if (workloads(look).length > 0 || unread.length === 0) return null
  const first = unread[0]!.split(' ')[0]!
  return `manifests such as ${first} are templates, which cannot be read as they stand: keep what they become beside them`
}

/** Whether an object's selector finds the workload's pods. An empty one finds all. */
export function selects(selector: unknown, { podLabels }: Workload): boolean {
  if (selector === null) return false
  const labels =
    field(selector, 'matchLabels') ?? (field(selector, 'matchExpressions') === null ? selector : null)
  return entriesOf(labels).every(([key, value]) => podLabels[key] === value)
}

// A patch of Kustomize names an object and says only what differs.
function isWhole({ value }: Manifest): boolean {
  const [first] = listOf(field(value, 'spec', 'template', 'spec', 'containers'))
  return field(value, 'spec', 'selector') !== null && field(first, 'image') !== null
}

function workloadOf(look: Look, manifest: Manifest, all: Manifest[]): Workload {
  const podAt = ['spec', 'template', 'spec']
  return {
    manifest,
    pod: field(manifest.value, ...podAt),
    podAt,
    podLabels: Object.fromEntries(
      entriesOf(field(manifest.value, 'spec', 'template', 'metadata', 'labels')).map(([key, value]) => [
        key,
        String(value),
      ]),
    ),
    containers: manifestContainers(look).filter((one) => one.manifest === manifest && !one.isInit),
    isPatched: all.some((other) => patches(other, manifest)),
  }
}

function patches(other: Manifest, { kind, name }: Manifest): boolean {
  if (other.kind === 'Kustomization')
    return ['patches', 'patchesJson6902', 'replicas'].some(
      (key) => listOf(field(other.value, key)).length > 0,
    )
  return other.kind === kind && other.name === name && !isWhole(other)
}

function isOfApp(look: Look, { manifest, containers }: Workload): boolean {
  const images = containers.map(({ container }) => String(field(container, 'image') ?? ''))
  if (images.every((image) => foreign.test(image))) return false
  const prefix = look.files.at('.')
  if (prefix === '.' || manifest.file.startsWith(`${prefix}/`)) return true
  const names = [look.app.name, prefix.split('/').at(-1)!]
  const called = [manifest.name, ...images.map((image) => image.split('/').at(-1)!.split(/[:@]/)[0]!)]
  return called.some((one) => names.includes(one))
}

function withinApp({ files }: Look, file: string): string {
  const prefix = files.at('.')
  return prefix !== '.' && file.startsWith(`${prefix}/`) ? file.slice(prefix.length + 1) : file
}
