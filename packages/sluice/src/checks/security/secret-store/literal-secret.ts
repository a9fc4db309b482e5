import { secretOf } from '../../../generators/dockerfile/secret-name.ts'

/** What stands where a secret is to be filled in, or what is put there when the file is used. */
const STANDS_FOR =
  /^$|^(?:TODO|CHANGE[_-]?(?:ME|IT)|REPLACE|PLACEHOLDER|DUMMY|EXAMPLE|YOUR[_-]|INSERT|SET[_-]?ME|NONE$|NULL$|UNUSED|XXX|\*{3}|<.*>$|ENC\[)|\$\{|\$\(|\{\{|^\$\w+$|^%\w+%$/i

/** Names that only speak about a secret. */
const ABOUT =
  /(?:^|_)(?:ISSUER|AUDIENCE|ENDPOINT|HOST|PORT|REGION|TYPE|PROVIDER|STORE|ENABLED|REQUIRED|MODE|PREFIX|POLICY|TIMEOUT|SECONDS|MINUTES|DAYS|AGE|LIMIT|COUNT|SIZE|REF|KEY_NAME)$/i

const WITH_PASSWORD = /^[a-z][\w+.-]*:\/\/[^/\s:@]*:([^/\s@]+)@([^/\s:?#]+)/i
const THIS_MACHINE = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|host\.docker\.internal)$/i
const PRIVATE_KEY = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/

/** Why a value is a secret that stands there to be read, never with the value; null where it is none, or only stands for one. */
export function literalSecret(name: string, value: string, { isDeclared = false } = {}): string | null {
  const text = value.trim()
  if (STANDS_FOR.test(text)) return null
  if (PRIVATE_KEY.test(text)) return `${name} holds a private key`
  const [, password, host] = WITH_PASSWORD.exec(text) ?? []
  if (password !== undefined && !STANDS_FOR.test(password) && !THIS_MACHINE.test(host!))
    return `${name} holds an address with a password`
  if (isDeclared) return `${name} is a secret by the env schema, and its value stands here`
  // `PASSWORD_MIN: 12`, `TOKEN_CHECK: true`
  if (/^(?:true|false|yes|no|on|off|\d{1,7})$/i.test(text) || ABOUT.test(name)) return null
  const why = secretOf(name, text)
  return why === null ? null : `${name} is a secret by ${why}, and stands here to be read`
}
