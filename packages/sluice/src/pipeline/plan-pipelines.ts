import type { AppFacts, Repository, VariablesRead } from '../detect/facts.ts'
import { checksOf } from './checks.ts'
import { deployJobs, previewJob, removePreviewJob } from './deploy-jobs.ts'
import { ecrOf } from './ecr.ts'
import { imageCheck, publish } from './image-jobs.ts'
import { pins } from './pins.ts'
import type { Cloud, Job, Pipeline } from './pipeline.ts'
import { sharedFolder } from './shared-folder.ts'

/** What is known of an app that pipelines are made for. */
export interface PipelineRequest {
  app: AppFacts
  target: 'process' | 'docker' | 'swarm'
  variables: VariablesRead
  repository: Repository | null
  /** Where its sluice.yaml keeps images: `registry.example.com/team`; null where it names none. */
  registry: string | null
}

export interface PipelinePlan {
  /** For a pull request, then for the main branch; none where a name of the app is nothing for a pipeline. */
  pipelines: Pipeline[]
  /** What is done once a pull request is closed, on systems that tell; null: it has no preview. */
  removal: Job | null
  notes: string[]
}

/** The same checks for a pull request and for the main branch, which then releases what passed them. */
export function planPipelines(request: PipelineRequest): PipelinePlan {
  const odd = oddName(request)
  if (odd !== null) {
    const note = `${request.app.name} gets no pipeline: ${JSON.stringify(odd)} has characters that mean something to a CI system. Rename it.`
    return { pipelines: [], removal: null, notes: [note] }
  }
  const { app, target } = request
  const isImage = target !== 'process'
  const hasPreviews = !isAlone(request)
  const { jobs: checks, notes } = checksOf({ ...request, hasOwnBuild: !isImage })
  return {
    pipelines: [
      pipeline(request, 'pull-request', [
        ...checks,
        ...(isImage ? [imageCheck(app)] : []),
        ...(hasPreviews ? [previewJob({ app, checks: checks.map(({ id }) => id) })] : []),
      ]),
      pipeline(request, 'main', [...checks, ...releaseOf(request, checks)]),
    ],
    removal: hasPreviews ? removePreviewJob(app) : null,
    notes: [...notes, ...notesOf(request)],
  }
}

function pipeline({ app, repository }: PipelineRequest, on: Pipeline['on'], jobs: Job[]): Pipeline {
  return {
    name: `${app.name}-${on}`,
    app: app.name,
    on,
    branch: repository?.defaultBranch ?? 'main',
    // What a member of a workspace is made of may be anywhere in it.
    paths: app.folder === '.' || isInWorkspace(app) ? [] : [app.folder],
    env: jobs.some(({ place }) => place.kind === 'machine') ? { SLUICE_VERSION: pins.sluice } : {},
    cancelsStale: on === 'pull-request',
    jobs,
  }
}

function releaseOf(request: PipelineRequest, checks: Job[]): Job[] {
  const { app, target } = request
  const cloud = cloudOf(request)
  const ids = checks.map(({ id }) => id)
  const isDeployed = !isAlone({ app, target })
  return [
    ...(target === 'process' ? [] : [publish(app, ids, cloud)]),
    ...(isDeployed ? deployJobs({ app, target, checks: ids, cloud }) : []),
  ]
}

function cloudOf({ app, target, registry }: PipelineRequest): Cloud | null {
  return target === 'process' ? null : ecrOf(app, registry)
}

function isInWorkspace(app: AppFacts): boolean {
  return app.workspaceRoot !== null
}

// Staging and production of processes are on one machine, and what has a port of its own runs there once.
function isAlone({ app, target }: Pick<PipelineRequest, 'app' | 'target'>): boolean {
  return target === 'process' && !app.readsPort && app.port !== null
}

function notesOf(request: PipelineRequest): string[] {
  const { app, target } = request
  const { name } = app
  const cloud = cloudOf(request)
  if (isAlone({ app, target }))
    return [
      `The pipeline of ${name} deploys nothing: it listens on port ${app.port?.value} always, so staging and production cannot run on one machine. Let it listen on PORT, or deploy it as a container.`,
    ]
  const where =
    target === 'process'
      ? `Sluice has to run on one machine that holds staging and production of ${name}, as production gets the very release that staging ran; the deploy jobs are found there by the label ${name}. Where they are on two machines, deploy ${name} as containers.`
      : `The deploy jobs of ${name} run on the machines where Sluice runs, found by the labels ${name}-staging and ${name}-production, as the same user as its agent: it pulls with the credentials that the job logs in with.`
  return [
    where,
    ...(cloud === null
      ? []
      : [
          `The repository ${cloud.repository} has to be there in Amazon ECR, and the machines that ${name} is deployed on have the AWS CLI and a role that may pull from it.`,
        ]),
    `A pull request of ${name} gets a preview once the variable SLUICE_PREVIEWS of the project is "on" and a machine has the label ${name}-preview: its code runs there, as the user of Sluice's agent. Set preview.host in sluice.yaml to names that reviewers reach.`,
  ]
}

/** Of all names that get into a pipeline the first that is more than letters, digits and what paths are made of. */
function oddName({ app, repository, registry }: PipelineRequest): string | null {
  const names = [
    app.folder,
    ...app.lockfiles,
    repository?.defaultBranch ?? 'main',
    registry ?? '.',
    app.health.readiness?.value ?? '/',
    app.version?.value ?? '1',
    app.workspaceRoot ?? '.',
    ...(app.stack === 'node' ? Object.values(app.scripts) : []),
    ...(app.stack === 'go' ? [app.package?.value ?? '.', sharedFolder(app)] : []),
    ...(app.stack === 'python'
      ? [app.requirements ?? '.', app.development.requirements ?? '.', app.django?.managePy ?? '.']
      : []),
  ]
  return names.find((name) => !/^[\p{L}\p{N}_@.+:/?=&%~, -]+$/u.test(name)) ?? null
}
