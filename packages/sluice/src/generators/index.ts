import { compose } from './compose.ts'
import { dockerfile } from './dockerfile/dockerfile.ts'
import { envSchema } from './env-schema.ts'
import type { Generated, Generator } from './generator.ts'
import type { GeneratorRequest } from './request.ts'
import { withServer } from './served-files.ts'
import { sluiceYaml } from './sluice-yaml.ts'
import { staticServer } from './static-server.ts'

/** Everything that `sluice init` writes, in the order in which a person reads it: one line per generator. */
export const generators = {
  'sluice-yaml': sluiceYaml,
  'env-schema': envSchema,
  'static-server': staticServer,
  dockerfile,
  compose,
} satisfies Record<string, Generator>

/** All files of one app, each once. */
export function generateAll(given: GeneratorRequest): Generated {
  const request = { ...given, app: withServer(given.app) }
  const all = Object.values(generators).map((generator) => generator.generate(request))
  return { files: all.flatMap(({ files }) => files), notes: [...new Set(all.flatMap(({ notes }) => notes))] }
}
