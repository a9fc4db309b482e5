import type { Look } from '../../look/look.ts'
import { merged, type Weighed } from '../../look/weighed.ts'
import { inSluiceYaml } from '../../look/where-it-runs.ts'
import { field } from '../../look/yaml-documents.ts'
import { literalSecret } from './literal-secret.ts'

const FOR_DEVELOPERS = /^(?:dev|local|test)/i

/** Values in sluice.yaml, by whether they are secrets. For an environment of developers one is only a warning. */
export function sluiceYamlSecrets(look: Look): Partial<Weighed> {
  const { config, schema, files } = look
  if (config === null) {
    if (!files.exists('sluice.yaml')) return {}
    return {
      open: [{ says: look.configProblem ?? 'sluice.yaml cannot be read', file: files.at('sluice.yaml') }],
    }
  }
  return merged(
    ...Object.values(config.environments).map(({ name: environment, env }): Partial<Weighed> => {
      const found = Object.entries(env).flatMap(([name, value]) => {
        if (typeof value !== 'string') return []
        const isDeclared = schema?.variables.get(name)?.['x-secret'] ?? false
        const says = literalSecret(name, value, { isDeclared })
        return says === null ? [] : [inSluiceYaml(look, says, placeOf(look, environment, name))]
      })
      if (found.length > 0) return FOR_DEVELOPERS.test(environment) ? { weak: found } : { bad: found }
      const read = Object.values(env).filter((value) => typeof value !== 'string').length
      const says = `${environment}: ${read} of ${Object.keys(env).length} values are read from a file, and the others are no secrets`
      return { good: [inSluiceYaml(look, says, ['environments', environment])] }
    }),
  )
}

function placeOf({ config }: Look, environment: string, name: string): string[] {
  const own = ['environments', environment, 'env', name]
  return field(config?.written, ...own) === null ? ['env', name] : own
}
