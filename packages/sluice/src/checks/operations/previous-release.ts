import { type Answer, type Check, fail, pass, unknown } from '../check.ts'
import type { Look } from '../look/look.ts'
import { servingManifests } from '../look/manifests.ts'
import { isOwnFile } from '../look/own-files.ts'
import { platformReply } from '../look/platform-reply.ts'
import { isProduction } from '../look/production.ts'
import { terraformBlocks } from '../look/terraform.ts'
import { field } from '../look/yaml-documents.ts'

const RETENTION = /ecr_lifecycle_policy|artifact_registry_repository|container_registry(?:_task)?$/

/**
 * OPS-02. `keepReleases` of sluice.yaml is 2 or more (or the repository has the retention of a registry in Terraform, or
 * Kubernetes keeps revisions), and two releases are kept: by Sluice's agent, or by `ops/replies/registry.json`, the stored
 * reply of the registry, such as that of `aws ecr describe-images`, with two digests.
 */
export const previousRelease: Check = {
  id: 'OPS-02',
  title: 'the release before the one that serves is kept',
  severity: 'critical',
  blocksFrom: 'C',
  passes: [['static', 'platform']],
  fix: 'Set keepReleases to 2 or more in sluice.yaml. Where a registry keeps them, store its reply: { "takenAt": …, "from": "aws ecr describe-images …", "reply": … } in ops/replies/registry.json.',
  static: (look) => retentionOf(look),
  platform: (look) => keptOf(look),
}

function retentionOf(look: Look): Answer {
  const { config, files } = look
  if (config !== null) {
    const { keepReleases } = config
    const evidence = [{ says: `keepReleases is ${keepReleases}`, file: files.at('sluice.yaml') }]
    if (keepReleases >= 2) return pass(`${keepReleases} releases are kept`, evidence)
    return fail('keepReleases is 1: only the release that serves is kept', evidence)
  }
  const [block] = terraformBlocks(look).filter(({ type }) => RETENTION.test(type))
  if (block !== undefined) {
    const says = `${block.type} ${block.name}`
    return pass(`${says} says what is kept`, [{ says, file: block.file, line: block.line }])
  }
  const workloads = servingManifests(look).filter(({ file }) => isOwnFile(look)(file))
  const forgetful = workloads.find(({ value }) => field(value, 'spec', 'revisionHistoryLimit') === 0)
  if (forgetful !== undefined) {
    const at = { file: forgetful.file, line: forgetful.lineOf(['spec', 'revisionHistoryLimit']) }
    return fail(`${forgetful.kind} ${forgetful.name} keeps no revisions`, [
      { says: 'revisionHistoryLimit is 0', ...at },
    ])
  }
  const [first] = workloads
  if (first === undefined) return unknown('nothing in the repository says which releases are kept')
  const kept = field(first.value, 'spec', 'revisionHistoryLimit') ?? 10
  return pass(`${first.kind} ${first.name} keeps ${kept} revisions`, [
    { says: `revisionHistoryLimit is ${kept}`, file: first.file, line: first.lineOf(['kind']) },
  ])
}

function keptOf(look: Look): Answer {
  const { operations } = look
  const environments = operations?.releases ?? []
  const here = environments.find(({ environment }) => isProduction(environment)) ?? environments[0]
  if (here === undefined) return inRegistry(look)
  const { environment, kept } = here
  const evidence = [{ says: `${environment} has ${kept.join(', ')}` }]
  if (kept.length >= 2) return pass(`${environment} keeps ${kept.length} releases`, evidence)
  const deploys = (operations?.rollouts ?? []).filter(
    (one) => one.environment === environment && one.kind === 'deploy' && one.isGreen,
  )
  if (deploys.length < 2) return unknown(`${environment} has had one release so far`, evidence)
  return fail(`${environment} keeps only the release that serves`, evidence)
}

function inRegistry(look: Look): Answer {
  const stored = platformReply(look, 'registry')
  if ('answer' in stored)
    return unknown(
      `which releases are kept is not known: Sluice has deployed none, and ${stored.answer.says}`,
    )
  const { reply, file, says } = stored
  const digests = new Set(JSON.stringify(reply).match(/sha256:[0-9a-f]{64}/g))
  const evidence = [{ says: `${digests.size} digests`, file }]
  if (digests.size >= 2) return pass(`${says}: ${digests.size} digests are kept`, evidence)
  if (digests.size === 1) return fail(`${says}: only one digest is kept`, evidence)
  return unknown(`${says}: the reply names no digest`, evidence)
}
