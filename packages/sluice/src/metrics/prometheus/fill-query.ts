import type { EnvironmentId, ReleaseId } from '../../core/release.ts'

/** Whom a query asks about. */
export interface Arm {
  environment: EnvironmentId
  release: ReleaseId
}

/**
 * The query with `$release`, `$environment` (`shop/production`), `$app` and `$env` replaced by their values, which are
 * written as inside a string of PromQL in quotes. Other words with a dollar, such as the end of a pattern, stay.
 */
export function fillQuery(query: string, { environment, release }: Arm): string {
  const [app = '', env = ''] = environment.split('/')
  const values: Record<string, string> = { release, environment, app, env }
  return query.replaceAll(/\$(release|environment|app|env)\b/g, (_, name) => insideString(values[name]!))
}

// Only what has no meaning anywhere in PromQL stays as it is. The escape is the one that both kinds of quotes know:
// `\'` is an error inside of "…", and `\"` inside of '…'.
function insideString(value: string): string {
  return value.replaceAll(/[^\w./:-]/gu, (char) => `\\U${char.codePointAt(0)!.toString(16).padStart(8, '0')}`)
}
