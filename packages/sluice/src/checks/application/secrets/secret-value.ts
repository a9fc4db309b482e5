/** Shannon's entropy of a text, bits per character. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  return [...counts.values()].reduce((sum, count) => {
    const share = count / text.length
    return sum - share * Math.log2(share)
  }, 0)
}

const placeholders =
  /example|sample|dummy|placeholder|change[-_ ]?me|replace|your|insert|todo|fixme|xxx|\.\.\.|\*\*\*|<[^>]*>|^\s*$|fake|mock|redacted|not[-_]?(?:a[-_]?)?(?:real|secret)|insecure|local|default/i

// Filled in somewhere else: by a shell, a template, a language or a store.
const references =
  /\$[{(]|^\$\w|\{\{|%[({]|%s|#\{|@@|^\{|^ENC\[|^vault:|^!|^arn:|^ref\+|^op:\/\/|secretKeyRef|process\.env|os\.environ/

/** Whether a value only stands for one: `changeme`, `${TOKEN}`, `xxxx`. */
export function isPlaceholder(value: string): boolean {
  return placeholders.test(value) || references.test(value) || new Set(value).size < 6
}

/** Whether a value looks drawn by chance rather than written by a person: long, mixed, and no path, address or sentence. */
export function looksRandom(value: string): boolean {
  if (value.length < 16 || /\s/.test(value) || isPlaceholder(value)) return false
  if (/^(?:[./~]|[a-z]+:\/\/|\w+(?:\.\w+){2,}$)/i.test(value) || /^[\w.-]+@[\w.-]+$/.test(value)) return false
  const hasMix = /\d/.test(value) && /[a-z]/i.test(value)
  // A name of several words, `shop-api-token-v2`, has short parts; what is drawn has long ones.
  const longest = Math.max(...value.split(/[-_.:/]/).map(({ length }) => length))
  const least = /^[0-9a-f-]+$/i.test(value) ? 3 : 3.5
  return hasMix && longest >= 12 && entropyOf(value) >= least
}

const common =
  /^(?:pass(?:word|wd)?|postgres(?:ql)?|mysql|mariadb|mongo|redis|rabbitmq|guest|root|admin|user|username|secret|test|tests|testing|dev|development|demo|pwd|app|db|database|web|hunter2|foo|bar|baz|foobar|pw|p|x)\d*!?$/i

/** Whether a connection string opens something: a password that nobody would write as an example, at a host that is not this machine. */
export function isRealConnection(user: string, password: string, host: string): boolean {
  if (common.test(password) || isPlaceholder(password) || password.length < 6 || password === user)
    return false
  if (/^(?:localhost|127\.|0\.0\.0\.0|\[?::1|host\.docker\.internal)/i.test(host)) return false
  if (
    /(?:^|\.)example(?:\.\w+)?$|\.(?:test|invalid|localhost)$|[<{$%*]/i.test(host) ||
    /^host(?:name)?$/i.test(host)
  )
    return false
  // `db` and `postgres` are names of compose as well, where passwords are for everyone to see.
  return host.includes('.') || looksRandom(password)
}
