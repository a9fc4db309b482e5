import type { Evidence } from '../../check.ts'
import { isForTests } from '../../look/for-tests.ts'
import type { Look } from '../../look/look.ts'
import { type Manifest, manifestContainers, manifests } from '../../look/manifests.ts'
import type { Weighed } from '../../look/weighed.ts'
import { entriesOf, field, listOf } from '../../look/yaml-documents.ts'
import { literalSecret } from './literal-secret.ts'

/** `k8s/overlays/dev/`, `secret.local.yaml`: for a cluster on a laptop. */
const FOR_DEVELOPERS = /(?:^|[/.-])(?:dev|development|local|kind|minikube)(?:[/.-]|$)/i

/**
 * Values in manifests of Kubernetes, by whether they are secrets. Those that a store has encrypted are none, and those for
 * developers only a warning.
 */
export function manifestSecrets(look: Look): Partial<Weighed> {
  const own = manifests(look).manifests.filter((one) => isOwn(look, one))
  const found = [
    ...own.filter(({ kind }) => kind === 'ConfigMap').flatMap(inConfigMap),
    ...own.filter(({ kind }) => kind === 'Secret').flatMap(inSecret),
    ...inContainers(look),
  ]
  const isWeak = ({ file = '' }: Evidence) => FOR_DEVELOPERS.test(file)
  return {
    bad: found.filter((one) => !isWeak(one)),
    weak: found.filter(isWeak),
    good: found.length > 0 ? [] : own.flatMap(isSaid),
  }
}

/** In a repository of several apps: what lies in the app's folder, or is named for it. */
function isOwn({ app, files }: Look, { path, file, name }: Manifest): boolean {
  const prefix = files.at('.')
  return !isForTests(path) && (prefix === '.' || file.startsWith(`${prefix}/`) || name.startsWith(app.name))
}

function inConfigMap({ value, file, lineOf }: Manifest): Evidence[] {
  return entriesOf(field(value, 'data')).flatMap(([key, text]) => {
    const says = literalSecret(key, String(text))
    return says === null ? [] : [{ says, file, line: lineOf(['data', key]) }]
  })
}

function inSecret({ name, value, file, lineOf }: Manifest): Evidence[] {
  if (field(value, 'sops') !== null) return []
  const plain = entriesOf(field(value, 'stringData')).map(
    ([key, text]) => ['stringData', key, String(text)] as const,
  )
  const encoded = entriesOf(field(value, 'data')).map(
    ([key, text]) => ['data', key, Buffer.from(String(text), 'base64').toString('utf8')] as const,
  )
  return [...plain, ...encoded].flatMap(([part, key, text]) =>
    literalSecret(key, text, { isDeclared: true }) === null
      ? []
      : [{ says: `${key} of the Secret ${name} stands here to be read`, file, line: lineOf([part, key]) }],
  )
}

function inContainers(look: Look): Evidence[] {
  return manifestContainers(look)
    .filter(({ manifest }) => isOwn(look, manifest))
    .flatMap(({ manifest, container, at }) =>
      listOf(field(container, 'env')).flatMap((one, index) => {
        const value = field(one, 'value')
        const says = value === null ? null : literalSecret(String(field(one, 'name')), String(value))
        return says === null
          ? []
          : [{ says, file: manifest.file, line: manifest.lineOf([...at, 'env', index, 'value']) }]
      }),
    )
}

/** What has been looked through, or takes secrets from a store. */
function isSaid({ kind, name, file, lineOf }: Manifest): Evidence[] {
  const kinds = ['ConfigMap', 'Deployment', 'StatefulSet', 'DaemonSet', 'ExternalSecret', 'SealedSecret']
  return kinds.includes(kind)
    ? [{ says: `${kind} ${name} holds no secret`, file, line: lineOf(['kind']) }]
    : []
}
