import { join, relative, resolve, sep } from 'node:path'
import type { CheckConfig, Config } from '../../config/config.ts'
import { type EnvSchema, parseEnvSchema } from '../../config/env-schema.ts'
import { parseConfig } from '../../config/load.ts'
import { detect } from '../../detect/detect.ts'
import type { AppFacts, Project } from '../../detect/facts.ts'
import { repositoryFolder, repositoryOf } from '../../detect/repository.ts'
import { readVariables } from '../../detect/variables/read-variables.ts'
import { SluiceError } from '../../errors.ts'
import { readAttestations } from './attestations.ts'
import { type Files, openFiles } from './files.ts'
import { filesAround } from './files-around.ts'
import type { History } from './history.ts'
import type { Look, Operations, Recorded } from './look.ts'
import { fromItsFolder, memberAt } from './member.ts'

/** What is known beside the folder. */
export interface Beside {
  now: number
  /** Of the app's folder. */
  history?: (folder: string) => History
  operations?: Operations | null
  records?: Record<string, Recorded>
  /** In place of the one in sluice.yaml. */
  tier?: CheckConfig['tier']
}

const defaults: CheckConfig = {
  tier: 'C',
  gate: false,
  coveragePercent: 80,
  stateful: null,
  attestations: 'ops/attestations.yaml',
  notApplicable: {},
  lenient: {},
}

/** Looks at an app's folder. Throws USAGE where there is none, where there is no app in it, and where there are several. */
export async function openLook(folder: string, beside: Beside): Promise<Look> {
  const root = resolve(folder)
  const { project, app: found } = (await memberAt(root)) ?? (await appWithin(root))
  const at = join(project.root, found.folder)
  const app = fromItsFolder(found)
  const repositoryRoot = repositoryFolder(at) ?? at
  const prefix = relative(repositoryRoot, at).split(sep).join('/') || '.'
  const own = await openFiles(at, prefix)
  const repositoryFiles = prefix === '.' ? own : await openFiles(repositoryRoot)
  const around = { code: app.codeElsewhere, lockfiles: app.lockfiles }
  const files = prefix === '.' ? own : filesAround(own, repositoryFiles, around)
  const { config, configProblem } = configIn(files)
  const settings = {
    ...(config?.check ?? defaults),
    ...(beside.tier === undefined ? {} : { tier: beside.tier }),
  }
  let variables: ReturnType<typeof readVariables> | null = null
  return {
    now: beside.now,
    app,
    detected: found,
    project,
    repository: repositoryOf(repositoryRoot),
    files,
    repositoryFiles,
    history: beside.history?.(at) ?? null,
    config,
    configProblem,
    schema: schemaIn(files, config),
    settings,
    variables() {
      variables ??= readVariables(at, { elsewhere: app.codeElsewhere, textOf: (path) => files.read(path) })
      return variables
    },
    attestations: readAttestations(files.read(settings.attestations) ?? ''),
    operations: beside.operations ?? null,
    records: beside.records ?? {},
  }
}

async function appWithin(root: string): Promise<{ project: Project; app: AppFacts }> {
  const project = await detect(root)
  const app =
    project.apps.find((one) => one.folder === '.') ??
    (project.apps.length === 1 ? project.apps[0] : undefined)
  if (app !== undefined) return { project, app }
  throw noApp(
    root,
    project.apps.map((one) => one.folder),
  )
}

function noApp(root: string, folders: string[]): SluiceError {
  if (folders.length === 0)
    return new SluiceError('USAGE', `no app was found in ${root}`, {
      todo: 'Name the folder of an app: sluice check FOLDER',
    })
  return new SluiceError('USAGE', `there are several apps in ${root}: ${folders.join(', ')}`, {
    todo: `Name one of them: sluice check ${folders[0]}`,
  })
}

function configIn(files: Files): { config: Config | null; configProblem: string | null } {
  const text = files.read('sluice.yaml')
  if (text === null) return { config: null, configProblem: 'there is no sluice.yaml' }
  try {
    return { config: parseConfig(text, files.root), configProblem: null }
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    const { message, details = [] } = error.facts()
    return { config: null, configProblem: [message, details[0]].filter(Boolean).join(': ') }
  }
}

function schemaIn(files: Files, config: Config | null): EnvSchema | null {
  const path = config?.envSchema ?? 'env.schema.yaml'
  const text = files.read(path)
  try {
    return text === null ? null : parseEnvSchema(text, path)
  } catch {
    // What is wrong in it is said by the check of the variables.
    return null
  }
}
