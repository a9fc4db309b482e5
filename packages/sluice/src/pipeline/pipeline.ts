/** What is run for a change, or for what the main branch has become: plain data, printed for a CI system or run on a laptop. */
export interface Pipeline {
  /** `shop-main`: of its own in the project, and safe as the name of a file. */
  name: string
  app: string
  on: 'pull-request' | 'main'
  /** The branch that is released: `main`. */
  branch: string
  /** What has to change for it to be run, relative to the project, each a folder; none: anything. */
  paths: string[]
  /** What all of its jobs find as variables. */
  env: Record<string, string>
  /** Whether a newer change ends what is still run for an older one. */
  cancelsStale: boolean
  jobs: Job[]
}

export interface Job {
  id: string
  /** For a person: `Unit tests with coverage`. */
  title: string
  /** Jobs that have to be done before. */
  needs: string[]
  place: Place
  /** What of the repository it finds: nothing, the files as they are, or all that they ever were. */
  checkout: 'nothing' | 'files' | 'history'
  services: Service[]
  /** Each a shell of its own, and the first that fails ends the job. */
  steps: Step[]
  /** Values that are no secret. */
  env: Record<string, string>
  /** Names of variables that nobody may read. Only where an environment is named. */
  secrets: string[]
  /** What it changes: `staging`. Jobs of one environment never run at the same time. */
  environment: string | null
  /**
   * What it does with the preview of a pull request, whose name it finds as PREVIEW; null: nothing. It is run only where
   * the project on the CI system says `on` in SLUICE_PREVIEWS, and never for code that comes from a fork.
   */
  preview: 'deploy' | 'remove' | null
  /** What a person is asked before it begins; null: nobody is asked. */
  approval: string | null
  timeoutMinutes: number
  /** How often it is begun again where the CI system itself failed. */
  retries: number
  cache: Cache[]
  /** Values that it hands on: its steps add lines of `NAME=value` to `outputs.env` in the project's folder. */
  outputs: string[]
  /** Values of other jobs that it finds as variables. */
  inputs: { name: string; from: string }[]
  /** Files to keep for a person, relative to the project. */
  artifacts: string[]
  permissions: Permission[]
  /** The role in a cloud that it takes by the identity that the CI system gives it, so that nobody keeps a key; null: none. */
  cloud: Cloud | null
}

/** Where a job is run. */
export type Place =
  /** Anywhere with the language at this version. */
  | { kind: 'language'; language: 'node' | 'go' | 'python'; version: string }
  /** Anywhere with a Docker engine and buildx. */
  | { kind: 'engine' }
  /** On the one machine where Sluice keeps the app running, found by this label. */
  | { kind: 'machine'; label: string }

export interface Step {
  name: string
  /** Relative to the project. */
  folder: string
  /** POSIX shell, run with `-eu`. What comes from outside is in its variables, never in its text. */
  script: string
}

/** A server that runs beside a job, and takes connections before its first step. */
export interface Service {
  name: string
  image: string
  port: number
  env: Record<string, string>
  /** Run inside of it: whether it takes connections. */
  ready: string
  /** What the job finds as variables; `{host}` in a value is where the server is reached. */
  variables: Record<string, string>
}

/** A folder that saves downloads. What pull requests put into it is never found by the main branch. */
export interface Cache {
  /** Where the tool is told of the folder. */
  variable: string
  /** Where the tool has it when nobody tells it, below the home folder. */
  folder: string
  /** What decides whether it is still the right one, relative to the project. */
  keyFiles: string[]
}

export interface Permission {
  /** `packages`: where images are kept; the job finds REGISTRY_USER and REGISTRY_TOKEN. */
  scope: 'contents' | 'packages'
  level: 'read' | 'write'
  because: string
}

/** A repository of images in a cloud, and how a job comes to the role that may push to it. */
export interface Cloud {
  kind: 'aws'
  /** Twelve digits. */
  account: string
  region: string
  /** What the registry calls it: `acme/shop`. */
  repository: string
  /** With the registry before it, and without a tag. */
  image: string
  /** The variable of the project on the CI system that names the role. It is no secret. */
  roleVariable: string
}

/** Where the job of some pipelines that pushes an image takes a role for it; null where none does. */
export function cloudIn(pipelines: Pipeline[]): Cloud | null {
  return pipelines.flatMap(({ jobs }) => jobs).find(({ cloud }) => cloud !== null)?.cloud ?? null
}

/** Whether a job speaks to the registry of images by what the CI system gives it. */
export function usesRegistry({ permissions }: Pick<Job, 'permissions'>): boolean {
  return permissions.some(({ scope }) => scope === 'packages')
}
