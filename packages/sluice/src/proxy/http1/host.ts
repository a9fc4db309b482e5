import { isIPv6 } from 'node:net'
import { consistsOf, isHostName } from './octets.ts'

/**
 * The name in a Host field or an authority, in lower case without port; null when it is not `uri-host [":" port]`.
 * An empty one is legal: a client without an authority sends it (RFC 9112, 3.2).
 *
 * @example hostNameOf('Shop.localhost:8080') === 'shop.localhost'
 */
export function hostNameOf(field: string): string | null {
  if (field === '') return ''
  const nameEnd = field.startsWith('[') ? field.indexOf(']') + 1 : endOfName(field)
  const name = field.slice(0, nameEnd)
  if (!isPortSuffix(field, nameEnd)) return null
  return consistsOf(isHostName, name) || isAddressLiteral(name) ? name.toLowerCase() : null
}

function endOfName(field: string): number {
  const colon = field.indexOf(':')
  return colon === -1 ? field.length : colon
}

function isAddressLiteral(name: string): boolean {
  // A zone (%eth0) means something on the sender's machine alone.
  return name.startsWith('[') && !name.includes('%') && isIPv6(name.slice(1, -1))
}

/** Nothing, or `:` and a port; the port may be empty (RFC 3986, 3.2.3). */
function isPortSuffix(field: string, at: number): boolean {
  if (at === field.length) return true
  if (field[at] !== ':' || field.length - at > 6) return false
  let port = 0
  for (let i = at + 1; i < field.length; i++) {
    const digit = field.charCodeAt(i) - 0x30
    if (digit < 0 || digit > 9) return false
    port = port * 10 + digit
  }
  return port <= 65_535
}
