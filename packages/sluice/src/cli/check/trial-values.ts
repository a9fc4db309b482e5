import { readFile } from 'node:fs/promises'
import type { EnvValues } from '../../config/config.ts'
import type { Declaration, EnvSchema } from '../../config/env-schema.ts'
import { SluiceError } from '../../errors.ts'

/** What an app is given for a trial, and what of it was made up. */
export interface TrialValues {
  env: Record<string, string>
  /** Names of variables that nobody set, and that were filled in so that the app starts. */
  madeUp: string[]
}

/**
 * The values of an environment as text, the schema's defaults, and something that fits for what is required and not set:
 * a machine of a developer has no production secrets, and must not need them. Secrets of files that are not here are made up too.
 */
export async function trialValues(values: EnvValues, schema: EnvSchema | null): Promise<TrialValues> {
  const env: Record<string, string> = {}
  const madeUp: string[] = []
  for (const [name, value] of Object.entries(values)) {
    const text = typeof value === 'string' ? value : await readFile(value.file, 'utf8').catch(() => null)
    if (text !== null) env[name] = text.replace(/\r?\n$/, '')
    else {
      env[name] = something(schema?.variables.get(name))
      madeUp.push(name)
    }
  }
  for (const [name, declaration] of schema?.variables ?? []) {
    if ((env[name] ?? '') !== '') continue
    if (declaration.default !== undefined) env[name] = String(declaration.default)
    else if (schema!.required.has(name) && name !== 'PORT') {
      env[name] = something(declaration)
      madeUp.push(name)
    }
  }
  return { env, madeUp }
}

/** A value that fits a declaration as far as that can be made up. */
function something(declaration: Declaration | undefined): string {
  if (declaration === undefined) return 'made-up-for-a-trial'
  const { type, enum: values, const: only, minLength = 0, minimum, format } = declaration
  if (only !== undefined) return String(only)
  if (values !== undefined) return String(values[0])
  if (type === 'boolean') return 'false'
  if (type !== 'string') return String(minimum ?? 1)
  if (format === 'email') return 'nobody@example.com'
  // A dependency that nobody has set up: an address where nothing listens, of this machine alone.
  if (format === 'uri') return 'http://127.0.0.1:9/'
  return 'made-up-for-a-trial'.padEnd(minLength, '-0123456789')
}

const ownNames = ['localhost', '127.0.0.1', '[::1]', '::1', '0.0.0.0']

/**
 * Refuses values that lead away from this machine: what a trial sends must never reach a database that somebody uses.
 * @throws USAGE, naming the variable and never its value.
 */
export function refuseForeign(env: Record<string, string>, environment: string): void {
  const foreign = Object.entries(env).flatMap(([name, value]) => {
    if (isOnlyNamed(name)) return []
    const url = urlIn(value)
    return url === null || ownNames.includes(url.hostname) || url.hostname.endsWith('.localhost')
      ? []
      : [name]
  })
  if (foreign.length === 0) return
  throw new SluiceError(
    'USAGE',
    `${foreign.join(', ')} of ${environment} leads to another machine, and a trial stays on this one`,
    {
      todo: 'Add an environment whose services are on 127.0.0.1 (docker compose up --wait starts those of compose.yaml), and name it: sluice check --probe --env development',
    },
  )
}

// Addresses that an app compares, links or answers with, and does not ask.
function isOnlyNamed(name: string): boolean {
  return /(?:^|_)(?:CORS|ORIGINS?|ALLOWED_HOSTS|(?:PUBLIC|BASE|SITE|APP|WEB|FRONTEND|CALLBACK|REDIRECT|DOCS)_UR[LI]|ISSUER)(?:_|$)/.test(
    name,
  )
}

/** A URL of something that is connected to; null for all other text, also for the address of a page that is only linked. */
export function urlIn(value: string): URL | null {
  if (!/^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(value)) return null
  try {
    const url = new URL(value)
    return url.hostname === '' ? null : url
  } catch {
    return null
  }
}
