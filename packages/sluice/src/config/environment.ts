import { SluiceError } from '../errors.ts'
import { nearest } from '../std/nearest.ts'
import type { Config, EnvironmentConfig } from './config.ts'
import { previewOf } from './preview.ts'
import { isPreview } from './preview-name.ts'

/**
 * The environment of that name; with no name the only one there is, or `production`. A preview is made by its name.
 * @throws UNKNOWN_ENVIRONMENT, listing the known ones; USAGE where a name has to be given; see `previewOf`.
 */
export function environmentOf(config: Config, name: string | undefined): EnvironmentConfig {
  const known = Object.keys(config.environments)
  const wanted = name ?? defaultName(known)
  if (wanted === undefined) {
    const message = `${config.app} has several environments and none is called production: ${known.join(', ')}`
    throw new SluiceError('USAGE', message, { todo: `Say which one: --env ${known[0]}` })
  }
  if (isPreview(wanted)) return previewOf(config, wanted)
  if (Object.hasOwn(config.environments, wanted)) return config.environments[wanted]!
  const near = nearest(wanted, known)
  throw new SluiceError(
    'UNKNOWN_ENVIRONMENT',
    `no environment "${wanted}" in sluice.yaml; known are: ${known.join(', ')}`,
    {
      todo: near === null ? 'Choose one of them, or add it to sluice.yaml.' : `Did you mean --env ${near}?`,
    },
  )
}

function defaultName(known: string[]): string | undefined {
  if (known.length === 1) return known[0]
  return known.find((name) => name === 'production')
}
