import { type Answer, type Check, type Evidence, hint, pass, unknown } from '../check.ts'
import { manifestsOf } from '../look/declared-packages.ts'
import type { Look } from '../look/look.ts'
import { recordOf } from '../look/record-file.ts'

/**
 * APP-10. That a library is there says nothing of where it is used: a person has to sign for it. Who has tried it and found
 * that it does not hold says so in ops/records/APP-10.yaml, with `when` and `result: failed`.
 */
export const retries: Check = {
  id: 'APP-10',
  title: 'calls are tried again with growing pauses, and it goes on where a dependency fails',
  severity: 'medium',
  blocksFrom: 'A',
  passes: [['attested']],
  warns: [['static']],
  attestedForDays: 180,
  fix: 'Try again what may be done twice, a few times, with pauses that grow and differ by chance; stop asking what keeps failing (a circuit breaker); then sign for it in ops/attestations.yaml.',
  concerns: ({ app }) => (app.stack === 'static' ? 'files are served as they are: it calls nothing' : null),
  static(look) {
    const tried = recordOf(look, 'APP-10', 180)
    if ('answer' in tried && tried.answer.status === 'fail') return tried.answer
    return hint(librariesIn(look))
  },
}

const node =
  /"((?:p-retry|async-retry|retry|cockatiel|opossum|axios-retry|exponential-backoff|fetch-retry|got|ky|brakes|ts-retry-promise|@lifeomic\/attempt|resilience-typescript))"\s*:/g
const go =
  /^\s*(?:require )?(github\.com\/(?:cenkalti\/backoff|avast\/retry-go|hashicorp\/go-retryablehttp|sony\/gobreaker|failsafe-go\/failsafe-go|sethvargo\/go-retry|eapache\/go-resiliency)(?:\/v\d+)?) /gm
const python = new Set([
  'tenacity',
  'backoff',
  'pybreaker',
  'stamina',
  'retrying',
  'retry',
  'aiobreaker',
  'purgatory',
])

function librariesIn(look: Look): Answer {
  const found = libraries(look)
  if (found.length === 0)
    return unknown(
      'no library for retries or circuit breakers is among the dependencies: an attestation would settle it',
    )
  return pass(`${found.map(({ says }) => says).join(', ')} can be used for it`, found)
}

function libraries(look: Look): Evidence[] {
  const { app, files } = look
  if (app.stack === 'python')
    return app.dependencies
      .filter((name) => python.has(name))
      .map((says) => ({ says, ...(app.requirements === null ? {} : { file: files.at(app.requirements) }) }))
  const pattern = app.stack === 'go' ? go : node
  return manifestsOf(look).flatMap(({ text, file }) =>
    [...text.matchAll(pattern)].map(([, says]) => ({ says: says!, file })),
  )
}
