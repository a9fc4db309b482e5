import { copied } from '../../../generators/dockerfile/instructions.ts'
import { type Check, unknown } from '../../check.ts'
import { imageFile } from '../../look/image-file.ts'
import type { Look } from '../../look/look.ts'
import { answerOf, merged, type Weighed } from '../../look/weighed.ts'
import { composeSecrets } from './compose-secrets.ts'
import { manifestSecrets } from './manifest-secrets.ts'
import { sluiceYamlSecrets } from './sluice-yaml-secrets.ts'
import { templateSecrets } from './template-secrets.ts'

/**
 * SEC-06. Judged is what an app is started with: sluice.yaml, manifests, the image, and those compose files that are for
 * production by their name. A compose file for development may have the passwords of that machine in it.
 */
export const secretStore: Check = {
  id: 'SEC-06',
  title: 'secrets come from a store, and stand in no file that the app is started with',
  severity: 'critical',
  blocksFrom: 'C',
  passes: [['static']],
  fix: 'Name the file that holds the secret (`env: { API_KEY: { file: … } }` in sluice.yaml, secretKeyRef or an ExternalSecret in Kubernetes), and replace the value that was written down.',
  tags: ['sensitiveConfigmapContent', 'CIS-DI-0010', 'SecretsUsedInArgOrEnv'],
  static(look) {
    const places = merged(
      sluiceYamlSecrets(look),
      manifestSecrets(look),
      templateSecrets(look),
      composeSecrets(look),
      secretsInImage(look),
    )
    if (Object.values(places).every(({ length }) => length === 0))
      return unknown(
        `nothing here says what the app is started with: ${look.configProblem ?? 'sluice.yaml has no env'}`,
      )
    return answerOf(places, 'no secret stands in what the app is started with')
  },
}

const FILE_OF_SECRETS =
  /(?:^|\/)(?:\.env(?:\.(?!example|sample|template|dist|schema)[\w-]+)?|id_(?:rsa|ed25519|ecdsa)|[^/]+\.(?:pem|p12|pfx|keystore))$/

function secretsInImage(look: Look): Partial<Weighed> {
  const image = imageFile(look)
  if (image === null) return {}
  const { file, findings, parsed } = image
  const named = findings
    .filter(({ id }) => id === 'DF-13')
    .map(({ line, message }) => ({ says: message, file, line }))
  const copies = parsed.stages
    .flatMap(({ instructions }) => instructions)
    .filter(
      ({ keyword, flags }) => ['COPY', 'ADD'].includes(keyword) && !flags.some(([name]) => name === 'from'),
    )
    .flatMap((instruction) => {
      const source = copied(instruction).sources.find((one) => FILE_OF_SECRETS.test(one))
      return source === undefined
        ? []
        : [{ says: `${source} is copied into the image`, file, line: instruction.line }]
    })
  const bad = [...named, ...copies]
  return bad.length > 0 ? { bad } : { good: [{ says: 'no secret in ARG, ENV or COPY', file }] }
}
