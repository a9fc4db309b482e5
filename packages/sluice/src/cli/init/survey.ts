import { join, posix } from 'node:path'
import { type EnvSchema, parseEnvSchema } from '../../config/env-schema.ts'
import { detect } from '../../detect/detect.ts'
import type { AppFacts, Project } from '../../detect/facts.ts'
import { repositoryOf } from '../../detect/repository.ts'
import { readVariables } from '../../detect/variables/read-variables.ts'
import { SluiceError } from '../../errors.ts'
import { envExample } from '../../generators/env-example.ts'
import type { GeneratedFile } from '../../generators/generator.ts'
import { type GeneratorName, generateAll, generators, optionalGenerators } from '../../generators/index.ts'
import type { GeneratorRequest } from '../../generators/request.ts'
import { type FileState, stateOf } from '../../generators/stamp.ts'
import { namedRegistry } from './named-registry.ts'
import { readProjectFile } from './project-file.ts'

/** A file that would be written, beside what is there. */
export interface Proposal extends GeneratedFile {
  /** Which generator makes it. */
  by: GeneratorName | 'env-example'
  state: FileState | 'new'
  /** Null where there is none. */
  found: string | null
}

/** What there is, and what would be written; paths are relative to the project's folder. */
export interface Survey {
  project: Project
  proposals: Proposal[]
  notes: string[]
}

/** Looks at a folder. Throws USAGE where it is none, and where there is no app in it. */
export async function lookAt(root: string): Promise<Project> {
  const project = await detect(root)
  if (project.apps.length > 0) return project
  throw new SluiceError('USAGE', `no app was found in ${root}`, {
    details: project.notes,
    todo: 'Looked for were package.json, go.mod or main.go, manage.py or a Python manifest, and index.html; in this folder and one below. Name another one: sluice init FOLDER',
  })
}

export const targets: readonly GeneratorRequest['target'][] = ['process', 'docker', 'swarm']

/** What was asked for. */
export interface Wish {
  /** Without one each app stays where its sluice.yaml has it. */
  target?: GeneratorRequest['target'] | undefined
  /** What else is to be written, beside what is always and what is there already. */
  with: readonly GeneratorName[]
}

/** What would be written for these apps. */
export async function survey(project: Project, wish: Wish): Promise<Survey> {
  const surveys = await Promise.all(project.apps.map((app) => surveyApp(project.root, app, wish)))
  return {
    project,
    proposals: onceEach(surveys.flatMap(({ proposals }) => proposals)),
    notes: [...new Set([...project.notes, ...surveys.flatMap(({ notes }) => notes)])],
  }
}

// What lies in the project's folder may be made for each of several apps.
function onceEach(proposals: Proposal[]): Proposal[] {
  return proposals.filter(({ path }, index) => proposals.findIndex((one) => one.path === path) === index)
}

async function surveyApp(
  root: string,
  app: AppFacts,
  wish: Wish,
): Promise<{ proposals: Proposal[]; notes: string[] }> {
  const folder = join(root, app.folder)
  const variables = await readVariables(folder, { elsewhere: app.codeElsewhere })
  const schemaText = await readProjectFile(folder, 'env.schema.yaml')
  const sluiceYaml = await readProjectFile(folder, 'sluice.yaml')
  const target = wish.target ?? targetIn(sluiceYaml) ?? 'process'
  const repository = repositoryOf(root)
  const registry = namedRegistry(sluiceYaml)
  const request = { app, target, variables, schema: schemaOf(schemaText), repository, registry }
  // What a generator made of the code is made of the code again; what a person wrote stays the truth.
  const isOurs = schemaText?.includes('Made by `sluice init`') === true
  const declared = generators['env-schema'].generate({ ...request, schema: isOurs ? null : request.schema })
  const made = declared.files[0]?.content ?? null
  // The one that will be there: what nobody has changed follows the code.
  const isFollowing =
    made !== null && (schemaText === null || ['same', 'outdated'].includes(stateOf(schemaText, made)))
  const schema = isFollowing ? schemaOf(made) : request.schema
  const example = schema === null ? [] : [{ path: '.env.example', content: envExample(schema) }]
  // What is made of the schema is made of the one that will be there.
  const generated = generateAll({ ...request, schema }).map((part) =>
    part.name === 'env-schema' ? { ...part, ...declared } : part,
  )
  const parts = await Promise.all(generated.map((part) => chosen(part, root, app.folder, wish)))
  const files = await Promise.all(example.map((file) => proposalOf(file, 'env-example', root, app.folder)))
  return {
    proposals: [...parts.flatMap(({ proposals }) => proposals), ...files],
    notes: parts.flatMap(({ notes }) => notes),
  }
}

/** Of what is optional, all where it was asked for, and else the files that were made before and are still there. */
async function chosen(
  { name, files, notes }: ReturnType<typeof generateAll>[number],
  root: string,
  folder: string,
  wish: Wish,
): Promise<{ proposals: Proposal[]; notes: string[] }> {
  const proposals = await Promise.all(files.map((file) => proposalOf(file, name, root, folder)))
  if (!optionalGenerators.includes(name) || wish.with.includes(name)) return { proposals, notes }
  const kept = proposals.filter(({ state }) => state !== 'new' && state !== 'own')
  return { proposals: kept, notes: kept.length === 0 ? [] : notes }
}

async function proposalOf(
  file: GeneratedFile,
  by: Proposal['by'],
  root: string,
  folder: string,
): Promise<Proposal> {
  const path = posix.join(file.within === 'project' ? '.' : folder, file.path)
  const found = await readProjectFile(root, path)
  return { ...file, path, by, found, state: found === null ? 'new' : stateOf(found, file.content) }
}

// By its text: a file with a mistake in it still says where the app runs.
function targetIn(text: string | null): GeneratorRequest['target'] | undefined {
  const found = /^ +target: *([a-z]+)/m.exec(text ?? '')?.[1]
  return targets.find((target) => target === found)
}

function schemaOf(text: string | null): EnvSchema | null {
  return text === null ? null : parseEnvSchema(text, 'env.schema.yaml')
}
