import type { EnvironmentConfig } from '../../../config/config.ts'
import { secretOf } from '../../../generators/dockerfile/secret-name.ts'
import { type Answer, type Check, fail, pass, unknown } from '../../check.ts'
import type { Look } from '../../look/look.ts'
import { productionOf } from '../../look/production.ts'
import { together } from '../../look/together.ts'
import { inSluiceYaml } from '../../look/where-it-runs.ts'
import { ofApproval } from './approval.ts'

/** INF-13. */
export const separateStaging: Check = {
  id: 'INF-13',
  title: 'staging is kept apart from production, which wants an approval',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['static']],
  fix: 'Add a staging environment to sluice.yaml with secrets of its own (`{ file: … }` below its env), and let a person approve production: `approve: true` of its strategy, or in CI.',
  fixedBy: ['sluice-yaml', 'ci'],
  static(look) {
    const { config } = look
    if (config === null)
      return unknown(`which environments there are is not in sluice.yaml: ${look.configProblem}`)
    const production = productionOf(config)
    if (production === null)
      return unknown('none of the environments in sluice.yaml is called production', [
        inSluiceYaml(look, Object.keys(config.environments).join(', '), ['environments']),
      ])
    const others = Object.values(config.environments).filter((one) => one !== production)
    const place = (says: string) => [inSluiceYaml(look, says, ['environments', others[0]?.name ?? ''])]
    const count =
      others.length === 0
        ? fail(`${production.name} is the only environment: nothing is tried before it`, place('no other'))
        : pass(`${others.map(({ name }) => name).join(', ')} beside ${production.name}`, place('another'))
    const answers = [count, ofSecrets(look, production, others), ofApproval(look, production)]
    return together(answers, count)
  },
}

/** Secrets that production has in common with another environment: whoever gets at one gets at both. */
function ofSecrets(look: Look, production: EnvironmentConfig, others: EnvironmentConfig[]): Answer | null {
  const secrets = Object.entries(production.env).filter(([name, value]) => isSecret(look, name, value))
  const shared = others.flatMap(({ name: other, env }) =>
    secrets
      .filter(([name, value]) => env[name] !== undefined && keyOf(env[name]) === keyOf(value))
      .map(([name]) => ({ name, other })),
  )
  if (shared.length > 0) {
    const names = [...new Set(shared.map(({ name }) => name))]
    return fail(
      `${production.name} shares ${names.join(', ')} with ${shared[0]!.other}`,
      shared.map(({ name, other }) => inSluiceYaml(look, name, ['environments', other, 'env', name])),
    )
  }
  if (secrets.length === 0 || others.length === 0) return null
  return pass(
    'their secrets are their own',
    secrets.map(([name]) => inSluiceYaml(look, name, ['environments', production.name, 'env', name])),
  )
}

function isSecret({ schema }: Look, name: string, value: string | { file: string }): boolean {
  if (typeof value !== 'string') return true
  if (value === '') return false
  return schema?.variables.get(name)?.['x-secret'] === true || secretOf(name, value) !== null
}

function keyOf(value: string | { file: string } | undefined): string {
  return typeof value === 'string' ? `value ${value}` : `file ${value?.file}`
}
