import type { Declaration, EnvSchema } from '../../config/env-schema.ts'

/** A variable of the app, and where its value is kept. */
export interface Setting {
  name: string
  /** A secret's value is in no manifest. */
  in: 'config map' | 'secret'
  /** Whether no instance may start without it. */
  isRequired: boolean
  /** Null: somebody has to say it, or nobody needs to. */
  value: string | null
  description: string
}

/** Every variable that the app reads while it runs. PORT is decided by the manifests. */
export function settingsOf(schema: EnvSchema | null): Setting[] {
  if (schema === null) return []
  return [...schema.variables]
    .filter(([name, declaration]) => name !== 'PORT' && declaration['x-phase'] === 'runtime')
    .map(([name, declaration]) => settingOf(name, declaration, schema.required.has(name)))
}

function settingOf(name: string, declaration: Declaration, isRequired: boolean): Setting {
  const { description = '', default: given, const: only } = declaration
  if (declaration['x-secret']) return { name, in: 'secret', isRequired, value: null, description }
  const usual = given ?? only
  const said = name === 'NODE_ENV' ? 'production' : usual === undefined ? null : String(usual)
  const isUnfit = said !== null && isForDevelopment(name, said)
  return {
    name,
    in: 'config map',
    isRequired: isRequired || isUnfit,
    value: isUnfit ? null : said,
    description,
  }
}

/** A default that is right on a developer's machine and wrong in a cluster: somebody has to say another one. */
function isForDevelopment(name: string, value: string): boolean {
  const isDebug = /(^|_)DEBUG$/.test(name) && /^(1|true|yes|on)$/i.test(value)
  return isDebug || /(^|[/@:,\s])(localhost|127\.0\.0\.1|\[?::1\]?)($|[/:,\s])/.test(value)
}
