import { type Exactly, type Options, type Variable, variable } from '../variable.ts'
import { type Kind, unfit, writeText } from './kind.ts'

/** A host name, an IPv4 or an IPv6 address (without brackets); no port and no protocol. */
export function host<const O extends Options<string> = Record<never, never>>(
  options?: Exactly<O, Options<string>>,
): Variable<string, O> {
  return variable(() => kind, options)
}

// With underscores: Docker Compose names hosts after services, and my_db is a common one.
const label = '[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?'
const form = new RegExp(`^(${label}(\\.${label})*\\.?|[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)$`, 'u')
const maxLength = 253

const kind: Kind<string> = {
  wanted: 'a host name or an IP address',
  read: (value) => {
    if (value.length > maxLength || !form.test(value)) return unfit
    return URL.canParse(`http://${value.includes(':') ? `[${value}]` : value}`) ? { value } : unfit
  },
  write: writeText,
  keywords: { type: 'string', maxLength, pattern: form.source },
}
