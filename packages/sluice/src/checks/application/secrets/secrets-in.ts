import { crc32 } from 'node:zlib'
import { secretOf } from '../../../generators/dockerfile/secret-name.ts'
import { lineAt } from '../../look/files.ts'
import { isForTests } from '../../look/for-tests.ts'
import { secretPatterns } from '../../look/secret-patterns.ts'
import { entropyOf, isPlaceholder, isRealConnection, looksRandom } from './secret-value.ts'

/** A secret in a text. Its value is for finding it in an allow-list, and never shown. */
export interface FoundSecret {
  name: string
  secret: string
  /** From 1. */
  line: number
}

const anySign = new RegExp(secretPatterns.map(({ sign }) => sign).join('|'))
const patterns = secretPatterns.map((one) => ({ ...one, search: new RegExp(one.pattern, 'g') }))
// Far quicker than the whole, and hardly any text has it.
const anyConnection = /:\/\/[^\s:/@"'`<>]*:[^\s:/@"'`<>]+@/
const connection =
  /\b(?:postgres(?:ql)?|mysql2?|mariadb|mongodb(?:\+srv)?|rediss?|amqps?|mssql|sqlserver|clickhouse|nats|smtps?|ftps?|sftp|https?)(?:\+\w+)?:\/\/([^\s:/@"'`<>]*):([^\s:/@"'`<>]+)@([^\s:/?#"'`,\\]+)/g

/** Secrets in the text of a file: by their form anywhere, and by their name in files of settings. */
export function secretsIn(path: string, text: string, now: number): FoundSecret[] {
  const byForm = anySign.test(text) ? knownForms(text, now) : []
  const byUse = anyConnection.test(text) ? connections(text) : []
  const byName = isSettings(path) ? named(text) : []
  const found = onePerLine([...byForm, ...byUse, ...byName, ...djangoKey(path, text)])
  // Tests and examples are full of what only looks like one; some makers sign their tokens, so that a real one is known.
  return found.length > 0 && isForTests(path) ? found.filter(({ secret }) => isSigned(secret)) : found
}

function knownForms(text: string, now: number): FoundSecret[] {
  return patterns.flatMap(({ name, search, sign, isReal }) =>
    new RegExp(sign).test(text)
      ? [...text.matchAll(search)]
          .filter(([match]) => !isPlaceholder(match) && entropyOf(match) >= 3)
          .filter(([match]) => isReal?.(match, text, now) ?? true)
          .map(({ 0: secret, index }) => ({ name, secret, line: lineAt(text, index) }))
      : [],
  )
}

function connections(text: string): FoundSecret[] {
  return [...text.matchAll(connection)]
    .filter(([, user, password, host]) => isRealConnection(user!, password!, host!))
    .map((match) => ({
      name: 'a connection with its password',
      secret: match[2]!,
      line: lineAt(text, match.index),
    }))
}

function isSettings(path: string): boolean {
  return (
    /\.(?:ya?ml|json|toml|ini|cfg|conf|config|properties|tfvars|tf|xml)$|(?:^|\/)\.env(?:\.[\w-]+)*$|\.env$|(?:^|\/)\.(?:npmrc|pypirc|netrc)$/i.test(
      path,
    ) &&
    !/(?:^|\/)(?:package|tsconfig[\w.-]*|composer|openapi|swagger)\.(?:json|ya?ml)$|(?:locale|i18n|lang)s?\//i.test(
      path,
    )
  )
}

const setting =
  /^[ \t]*(?:export[ \t]+|-[ \t]+)?(["']?)([\w.-]{2,60})\1[ \t]*[:=][ \t]*(["']?)([^\s"',#]{16,})\3[ \t]*(?:[,;}#].*)?$/gm

// What is encrypted is there to be committed.
const encrypted = /ENC\[AES256_GCM|kind:\s*"?SealedSecret|\$ANSIBLE_VAULT|^sops:/m

function named(text: string): FoundSecret[] {
  if (encrypted.test(text)) return []
  return [...text.matchAll(setting)].flatMap((match) => {
    const [, , key = '', , value = ''] = match
    // `clientSecret` and `client.secret` are `CLIENT_SECRET`.
    const name = key.replace(/([a-z\d])([A-Z])/g, '$1_$2').replaceAll(/[.-]/g, '_')
    const isNamed = secretOf(name, null) !== null || /auth_?token$/i.test(name)
    return isNamed && looksRandom(value)
      ? [{ name: `a value of ${key}`, secret: value, line: lineAt(text, match.index) }]
      : []
  })
}

// What startproject writes; settings for development are no place that anyone attacks.
function djangoKey(path: string, text: string): FoundSecret[] {
  if (!/(?:^|\/)settings(?:\/\w+)?\.py$/.test(path) || /dev|local|test/i.test(path.split('/').at(-1)!))
    return []
  const match = /^SECRET_KEY\s*=\s*["']([^"'\n]{20,})["']\s*(?:#.*)?$/m.exec(text)
  return match === null
    ? []
    : [{ name: 'the SECRET_KEY of Django', secret: match[1]!, line: lineAt(text, match.index) }]
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

// github.blog, "Behind GitHub's new authentication token formats"; npm took it over: the last six characters are the
// CRC-32 of the thirty before them, in base 62.
function isSigned(secret: string): boolean {
  const body = /^(?:gh[pousr]|npm)_(\w{30})(\w{6})$/.exec(secret)
  if (body === null) return false
  let rest = crc32(body[1]!)
  let sum = ''
  for (let at = 0; at < 6; at++) {
    sum = BASE62[rest % 62]! + sum
    rest = Math.floor(rest / 62)
  }
  return sum === body[2]
}

function onePerLine(found: FoundSecret[]): FoundSecret[] {
  return [...new Map(found.toReversed().map((one) => [one.line, one])).values()].toSorted(
    (a, b) => a.line - b.line,
  )
}
