import { type Check, type Evidence, notApplicable, unknown } from '../check.ts'
import { ciCommands, NO_CI } from '../look/ci-commands.ts'
import { type CiFile, ciFiles } from '../look/ci-files.ts'
import type { Look } from '../look/look.ts'
import { answerOf, merged, type Weighed } from '../look/weighed.ts'
import { type Workflow, type WorkflowJob, workflows } from '../look/workflows.ts'
import { field } from '../look/yaml-documents.ts'

/** Names by which the three large clouds call a key that stays valid until somebody revokes it. */
const KEYS =
  /\b(AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY)|AZURE_(?:CLIENT_SECRET|CREDENTIALS)|ARM_CLIENT_SECRET|(?:GOOGLE|GCP|GCLOUD)_(?:APPLICATION_CREDENTIALS_JSON|CREDENTIALS|SERVICE_(?:ACCOUNT_)?KEY|SA_KEY|KEY))\b/

/** A value that is looked up, in contrast to one that stands there, as for an emulator. */
const FROM_SETTINGS = /secrets\s*[.[]|credentials\s*\(|<<\s*parameters/
/** Elsewhere than on GitHub the settings of a project are variables that nobody hands out; or a role has set them. */
const FROM_VARIABLE = /\$\{?(?:AWS|AZURE|ARM|GOOGLE|GCP|GCLOUD)_/

/** Keys are given by inputs of actions under other names. */
const INPUTS = /^\s*(aws-access-key-id|aws-secret-access-key|credentials_json|creds)\s*:.*secrets\s*[.[]/

/** A role that is taken for a token of the job: its keys are good for an hour. */
const TAKES_ROLE =
  /assume-role-with-web-identity|role-to-assume\s*:|workload_identity_provider\s*:|web[_-]identity[_-]token|\bid_tokens\s*:|CIRCLE_OIDC_TOKEN|--federated-token|role[-_]arn\s*:|\bwithAWS\s*\([^)]*\brole\s*:/i

const CLOUD = /(?:^|[\s;&|(])(?:aws|az|gcloud|gsutil)\s+[a-z]/

/** What needs a token of the job although it is no cloud: signing and publishing. */
const USES_TOKEN =
  /configure-aws-credentials|google-github-actions\/auth|azure\/login|actions\/attest|attest-build-provenance|cosign|deploy-pages|gh-action-pypi-publish|slsa-|vault-action|codecov|goreleaser|npm\s+publish|sigstore/i

/**
 * SEC-11. A key in the settings of CI is stolen once and used for years; a role that is taken for the job's own token is
 * not. `id-token: write` belongs to jobs that use it; a job that has it for nothing is a warning.
 */
export const cloudKeys: Check = {
  id: 'SEC-11',
  title: 'CI takes a role in the cloud, and keeps no key of it',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['static']],
  fix: 'Let the cloud trust the tokens of the CI system (OIDC), name the role in the deploy job, and delete the key.',
  static(look) {
    const files = ciFiles(look)
    if (files.length === 0) return unknown(NO_CI)
    if (files.every(({ system }) => system === 'codepipeline'))
      return notApplicable('CodePipeline and CodeBuild run with a role, and have no keys')
    return answerOf(
      merged(...files.map((file) => keysIn(file, look)), ...workflows(look).workflows.map(idTokensOf)),
      'no file of CI names a key of a cloud',
    )
  },
}

function keysIn({ system, file, text, document }: CiFile, look: Look): Partial<Weighed> {
  if (system !== 'jenkins' && document === null)
    return { open: [{ says: 'is not YAML that can be read', file }] }
  const role = text.split('\n').findIndex((line) => !isComment(line) && TAKES_ROLE.test(line))
  const isLookedUp = (line: string) =>
    FROM_SETTINGS.test(line) || (system !== 'github' && role === -1 && FROM_VARIABLE.test(line))
  const bad = text.split('\n').flatMap((line, index): Evidence[] => {
    const name = (isLookedUp(line) ? KEYS.exec(line)?.[1] : undefined) ?? INPUTS.exec(line)?.[1]
    if (name === undefined || isComment(line)) return []
    return [{ says: `${name} is a key that stays valid until it is revoked`, file, line: index + 1 }]
  })
  if (bad.length > 0) return { bad }
  if (role !== -1) return { good: [{ says: 'takes a role by the token of the job', file, line: role + 1 }] }
  const cloud = ciCommands(look).find((one) => one.file === file && CLOUD.test(one.text))
  // Variables of a project are there without being named; GitHub hands out only what is named.
  if (cloud !== undefined && system !== 'github')
    return {
      open: [{ says: 'speaks to a cloud, and by which key stands elsewhere', file, line: cloud.line }],
    }
  return { good: [{ says: 'names no key of a cloud', file }] }
}

function idTokensOf({ file, document, jobs }: Workflow): Partial<Weighed> {
  const isWritten = (value: unknown) => field(value, 'permissions', 'id-token') === 'write'
  if (isWritten(document.value) && jobs.length > 1) {
    const line = document.lineOf(['permissions', 'id-token'])
    return { weak: [{ says: 'id-token: write is given to every job', file, line }] }
  }
  return {
    weak: jobs
      .filter((job) => isWritten(job.value) && !needsToken(job))
      .map(({ id, at }) => ({
        says: `job ${id} has id-token: write, and nothing in it uses that`,
        file,
        line: document.lineOf([...at, 'permissions', 'id-token']),
      })),
  }
}

function needsToken({ id, value, uses }: WorkflowJob): boolean {
  if (uses !== null || field(value, 'environment') !== null || /deploy|release|publish/i.test(id)) return true
  return USES_TOKEN.test(JSON.stringify(field(value, 'steps')))
}

function isComment(line: string): boolean {
  return /^\s*(?:#|\/\/)/.test(line)
}
