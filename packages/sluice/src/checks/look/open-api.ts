import { isForTests } from './for-tests.ts'
import { once } from './look.ts'
import { entriesOf, field, listOf, type YamlDocument, yamlDocuments } from './yaml-documents.ts'

/** An operation as the app's OpenAPI file describes it. */
export interface Operation {
  /** `GET` */
  method: string
  /** With what its parameters may be: `/orders/0`. */
  path: string
  /** As it is written there: `/orders/{id}`. */
  template: string
  /** What it asks for; none where anybody may call it. */
  schemes: SecurityScheme[]
  file: string
  line: number
}

/** How a caller shows who it is (OpenAPI Specification 3.1, "Security Scheme Object"). */
export interface SecurityScheme {
  kind: 'bearer' | 'basic' | 'header' | 'query' | 'cookie'
  /** Of the header, the field of a query, or the cookie. */
  name: string
}

const METHODS = ['get', 'head', 'options', 'post', 'put', 'patch', 'delete']

/** What the OpenAPI files of the app describe; `problem` where a file of that name cannot be read. */
export const openApi = once((look): { operations: Operation[]; problem: string | null } => {
  const paths = look.files
    .matching(/(?:^|\/)(?:openapi|swagger)(?:[.-][\w.-]+)?\.(?:ya?ml|json)$/i)
    .filter((path) => !isForTests(path.replace(/(?:^|\/)docs?\//i, '/')))
  const read = paths.map((path) => yamlDocuments(look.files, path))
  return {
    operations: read.flatMap(({ documents }) => documents.flatMap(operationsIn)),
    problem: read.find(({ problem }) => problem !== null)?.problem ?? null,
  }
})

function operationsIn(document: YamlDocument): Operation[] {
  const root = document.value
  const base = basePath(root)
  return entriesOf(field(root, 'paths')).flatMap(([template, item]) =>
    METHODS.flatMap((method): Operation[] => {
      const operation = field(item, method)
      if (operation === null) return []
      return [
        {
          method: method.toUpperCase(),
          path: `${base}${filled(root, template, item, operation)}`,
          template,
          schemes: schemesOf(root, field(operation, 'security') ?? field(root, 'security')),
          file: document.file,
          line: document.lineOf(['paths', template, method]),
        },
      ]
    }),
  )
}

function basePath(root: unknown): string {
  const url = field(root, 'servers', 0, 'url') ?? field(root, 'basePath')
  if (typeof url !== 'string' || url.includes('{')) return ''
  const path = /^[a-z][\w+.-]*:\/\/[^/]*(\/.*)?$/i.exec(url)?.[1] ?? (url.startsWith('/') ? url : '')
  return path.replace(/\/+$/, '')
}

/** Values that nothing is likely to have, so that what is called by mistake changes nothing. */
function filled(root: unknown, template: string, item: unknown, operation: unknown): string {
  const parameters = [...listOf(field(operation, 'parameters')), ...listOf(field(item, 'parameters'))].map(
    (one) => resolved(root, one),
  )
  return template.replaceAll(/\{([^}]+)\}/g, (_, name: string) => {
    const parameter = parameters.find((one) => field(one, 'name') === name && field(one, 'in') === 'path')
    const schema = resolved(root, field(parameter, 'schema') ?? parameter)
    if (field(schema, 'format') === 'uuid') return '00000000-0000-4000-8000-000000000000'
    return ['integer', 'number'].includes(String(field(schema, 'type'))) ? '0' : 'sluice-check'
  })
}

// Any one of the list is enough; an empty one among them lets everybody in.
function schemesOf(root: unknown, security: unknown): SecurityScheme[] {
  const choices = listOf(security).map((choice) => entriesOf(choice).map(([name]) => name))
  if (choices.some((names) => names.length === 0)) return []
  return choices.flat().map((name) => {
    const at = field(root, 'components', 'securitySchemes', name) ?? field(root, 'securityDefinitions', name)
    return schemeOf(resolved(root, at))
  })
}

function schemeOf(scheme: unknown): SecurityScheme {
  const [type, where] = [field(scheme, 'type'), field(scheme, 'in')]
  if (type === 'apiKey' && (where === 'header' || where === 'query' || where === 'cookie'))
    return { kind: where, name: String(field(scheme, 'name')) }
  const isBasic = type === 'basic' || String(field(scheme, 'scheme')).toLowerCase() === 'basic'
  return { kind: isBasic ? 'basic' : 'bearer', name: 'authorization' }
}

function resolved(root: unknown, value: unknown): unknown {
  const reference = field(value, '$ref')
  if (typeof reference !== 'string' || !reference.startsWith('#/')) return value
  const keys = reference.slice(2).split('/')
  return field(root, ...keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~')))
}
