import { type Answer, type Check, type Evidence, fail, pass, unknown, warn } from '../check.ts'
import { ciFiles } from '../look/ci-files.ts'
import type { Look } from '../look/look.ts'
import { ownManifests } from '../look/own-manifests.ts'
import { type PipelineJob, pipelineJobs } from '../look/pipeline-jobs.ts'
import { productionOf } from '../look/production.ts'

/** Makes an image. */
const BUILDS =
  /\b(?:docker|podman|buildah)\s+(?:buildx\s+|image\s+)?(?:build|bake|bud)\b|docker\/(?:build-push|bake)-action|kaniko|\bko\s+(?:build|publish|resolve)\b|\bpack\s+build\b|\bjib:build\b/
/** Names an image by what is in it, or hands a release on as it is. */
const BY_DIGEST =
  /@?sha256:|digest|\bimagetools\s+create\b|\bcrane\s+(?:copy|cp|tag)\b|\bskopeo\s+copy\b|\bregctl\s+image\s+copy\b/i
const PROMOTES = /\bsluice\S*\s+(?:deploy|promote)\b[^\n]*--release\b/
/** An image by a name that may mean another one tomorrow; what a commit is called is moved by nobody on purpose. */
const BY_TAG = /[\w/}]:(?:latest|stable|main|master|\$\{?\{?\s*[\w.]*(?:tag|version|ref_name)\w*)\b/i
const BY_COMMIT = /(?:[\w/}]:|image\.tag=)v?["']?\$\{?\{?\s*[\w.]*(?:sha|commit|revision)\w*/i
const DEPLOYS =
  /\bsluice\S*\s+deploy\b|\bkubectl\s+(?:set\s+image|apply|rollout)\b|\bhelm\s+upgrade\b|\bkustomize\b|\baws\s+ecs\b|amazon-ecs-deploy|\bgcloud\s+run\s+deploy\b|deploy-cloudrun|\bfly(?:ctl)?\s+deploy\b|\bdocker\s+(?:stack\s+deploy|compose\b[^"\n]*\bup)\b|\bargocd\b|\bnomad\s+(?:job\s+)?run\b/

/**
 * OPS-12. In the CI files: the job that deploys to production builds no image, and names the one that staging had by its digest
 * (`@sha256:…`, an output named digest), or takes it on by `sluice deploy --release`. In tier A production has a gradual
 * strategy too: canary or rolling.
 */
export const promotedRelease: Check = {
  id: 'OPS-12',
  title: 'production gets what staging has tried, and nobody deploys by hand',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['static']],
  fix: 'Build the image once, hand its digest on to the jobs that deploy, and deploy image@sha256:… in staging and production; sluice init --with github-actions (or gitlab-ci, …) writes such a pipeline.',
  fixedBy: ['ci'],
  static: (look) => promotion(look),
}

function promotion(look: Look): Answer {
  if (ciFiles(look).length === 0)
    return unknown('how it is deployed is not in the repository: there is no CI file')
  const jobs = pipelineJobs(look)
  const deploys = jobs.filter(
    ({ deploysTo, text }) =>
      deploysTo === 'production' && (DEPLOYS.test(text) || BUILDS.test(text) || BY_DIGEST.test(text)),
  )
  const rebuilds = deploys.filter((job) => BUILDS.test(job.text) && isBuiltBefore(job, jobs))
  if (rebuilds.length > 0) {
    const evidence = rebuilds.map((job) => shown(job, 'builds an image'))
    return fail(`${rebuilds[0]!.id} builds the image anew for production`, evidence)
  }
  const promoted = deploys.find(({ text }) => BY_DIGEST.test(withoutPins(text)) || PROMOTES.test(text))
  if (promoted !== undefined) return gradual(look, shown(promoted, 'deploys what was built before'))
  const tagged = deploys.find(({ text }) => BY_TAG.test(text) || BY_COMMIT.test(text))
  if (tagged !== undefined && !isDeclared(look)) return byTag(tagged)
  const [first] = deploys
  if (first === undefined) return unknown('no job of the CI files is seen to deploy to production')
  const says = `what ${first.id} deploys cannot be read: its image is named elsewhere`
  return unknown(says, [shown(first, 'deploys')])
}

// The image that a job itself runs in is pinned by a digest that is written out.
function withoutPins(text: string): string {
  return text.replace(/@sha256:[0-9a-f]{64}/g, '')
}

function byTag(job: PipelineJob): Answer {
  if (BY_TAG.test(job.text))
    return fail(`${job.id} deploys a tag, which may mean another image tomorrow`, [
      shown(job, 'deploys by tag'),
    ])
  return warn(`${job.id} deploys a tag named for a commit; a digest cannot be moved`, [
    shown(job, 'deploys by tag'),
  ])
}

// One job that builds and deploys is no second build: there has to be another one before.
function isBuiltBefore(job: PipelineJob, jobs: PipelineJob[]): boolean {
  return jobs.some(
    (one) => one !== job && one.file === job.file && one.deploysTo !== 'production' && BUILDS.test(one.text),
  )
}

// What runs is written down elsewhere, by digest: kustomize, Argo CD.
function isDeclared(look: Look): boolean {
  return ownManifests(look).some(
    ({ kind, value }) =>
      kind === 'Application' || (kind === 'Kustomization' && JSON.stringify(value).includes('digest')),
  )
}

function gradual({ settings, config, files }: Look, evidence: Evidence): Answer {
  const says = 'production gets the digest that was built once'
  if (settings.tier !== 'A') return pass(says, [evidence])
  const production = productionOf(config)
  if (production === null)
    return unknown(`${says}; whether it comes by and by is not written in sluice.yaml`, [evidence])
  const kind = production.strategy?.kind ?? 'none of its own'
  const strategy = { says: `strategy of ${production.name}: ${kind}`, file: files.at('sluice.yaml') }
  if (kind === 'canary' || kind === 'rolling') return pass(`${says}, by and by`, [evidence, strategy])
  return fail(`tier A asks for a gradual strategy, and production has ${kind}`, [evidence, strategy])
}

function shown({ id, file, line }: PipelineJob, what: string): Evidence {
  return { says: `${id} ${what}`, file, line }
}
