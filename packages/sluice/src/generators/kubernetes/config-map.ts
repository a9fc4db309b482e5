import { indented, labels, quoted } from './lines.ts'
import type { Setting } from './settings.ts'
import type { Workload } from './workload.ts'

/** All that any reader of YAML takes for the end of a comment. */
const LINE_BREAK = /\r\n|[\n\r\x85\u2028\u2029]/

/** What is configured and no secret; null where there is nothing of the kind. */
export function configMap(app: Workload): string[] | null {
  const settings = app.settings.filter((setting) => setting.in === 'config map')
  if (settings.length === 0) return null
  return [
    '# What it is configured by, without secrets. Instances read it when they start:',
    `# kubectl rollout restart deployment/${app.name}`,
    'apiVersion: v1',
    'kind: ConfigMap',
    'metadata:',
    `  name: ${app.name}`,
    ...indented(2, labels(app)),
    // A map without entries has to be said to be one.
    settings.every(({ value }) => value === null) ? 'data: {}' : 'data:',
    ...indented(2, settings.flatMap(entry)),
  ]
}

function entry({ name, value, isRequired, description }: Setting): string[] {
  const about = description === '' ? [] : description.split(LINE_BREAK).map((line) => `# ${line}`.trimEnd())
  if (value !== null) return [...about, `${name}: ${quoted(value)}`]
  const wanted = isRequired ? '# TODO: without it no instance starts.' : '# Optional.'
  return [...about, wanted, `# ${name}: ""`]
}

/** How the Secret is made that the Deployment refers to: by hand or from a store, and never from this folder. */
export function secretLines({ name, settings }: Workload): string[] {
  const secrets = settings.filter((setting) => setting.in === 'secret')
  if (secrets.length === 0) return []
  return [
    `# Secrets are in no file here. TODO: a Secret named ${name}, of a store (External Secrets) or by hand, with`,
    ...secrets.map(
      ({ name: key, isRequired }) =>
        `#   ${key}${isRequired ? ' (without it no instance starts)' : ' (optional)'}`,
    ),
  ]
}
