import { definitionError } from '../env-error.ts'
import { type Exactly, type Options, type Variable, variable } from '../variable.ts'
import { type Kind, unfit, writeText } from './kind.ts'

export interface UrlOptions extends Options<string> {
  /** The protocols that are taken, such as `['postgres', 'postgresql']`; all of them where it is not said. */
  protocols?: readonly string[]
}

/**
 * An absolute URL with `//`, as text, since clients want text. `localhost:3000` is refused: to a parser it is a URL with the
 * protocol `localhost`, which nobody means. Odd characters, as in a password, have to be percent-encoded.
 */
export function url<const O extends UrlOptions = Record<never, never>>(
  options?: Exactly<O, UrlOptions>,
): Variable<string, O> {
  return variable(kind, options, ['protocols'])
}

function kind({ protocols }: UrlOptions): Kind<string> {
  if (protocols !== undefined) checkProtocols(protocols)
  const scheme = protocols === undefined ? '[a-z][a-z0-9+.-]*' : `(${protocols.map(escaped).join('|')})`
  const pattern = `^${scheme}://.`
  const beginning = new RegExp(pattern, 'u')
  const beginnings = protocols?.map((protocol) => `${protocol}://`).join(' or ')
  const wanted =
    beginnings === undefined ? 'a URL such as https://host/path' : `a URL that begins with ${beginnings}`
  return {
    wanted,
    read: (value) => {
      if (beginning.test(value) && uri.test(value) && hasGoodHosts(value)) return { value }
      return beginning.test(value)
        ? { wanted: `${wanted}, with a valid host and odd characters percent-encoded` }
        : unfit
    },
    write: writeText,
    keywords: { type: 'string', format: 'uri', pattern },
  }
}

const character = "[a-z0-9\\-._~!$&'()*+,;=:@/]|%[0-9a-f]{2}"
const afterHost = `(?:\\?(?:${character}|\\?)*)?(?:#(?:${character}|\\?)*)?`
const literalHost = "(?:(?:[a-z0-9\\-._~!$&'()*+,;=:]|%[0-9a-f]{2})*@)?\\[[0-9a-f:.]+\\](?::\\d*)?"

/** RFC 3986, as the format "uri" of JSON Schema: `URL` alone would quietly mend what other languages refuse. */
const uri = new RegExp(
  `^[a-z][a-z0-9+.-]*://(?:${literalHost}(?:/(?:${character})*)?|(?:${character})*)${afterHost}$`,
  'i',
)

/** Databases take several hosts with commas between them, which `URL` does not: each is looked at alone. */
function hasGoodHosts(value: string): boolean {
  const [scheme = '', rest = ''] = split(value, '://')
  const end = rest.search(/[/?#]/)
  const authority = end < 0 ? rest : rest.slice(0, end)
  const hosts = authority.slice(authority.lastIndexOf('@') + 1).split(',')
  if (hosts.length > maxHosts) return false
  const user = authority.slice(0, authority.lastIndexOf('@') + 1)
  return hosts.every((host) => URL.canParse(`${scheme}://${user}${host}${end < 0 ? '' : rest.slice(end)}`))
}

/** Far above any cluster; each of them is parsed with the whole rest of the text. */
const maxHosts = 100

function split(value: string, separator: string): [string, string] {
  const at = value.indexOf(separator)
  return [value.slice(0, at), value.slice(at + separator.length)]
}

function checkProtocols(protocols: unknown): asserts protocols is string[] {
  const isName = (name: unknown) => typeof name === 'string' && /^[a-z][a-z0-9+.-]*$/.test(name)
  if (Array.isArray(protocols) && protocols.length > 0 && protocols.every(isName)) return
  throw definitionError('protocols is a list of names such as "https", without "://"')
}

function escaped(protocol: string): string {
  return protocol.replace(/[.+]/g, '\\$&')
}
