import { join, posix } from 'node:path'
import { type EnvSchema, parseEnvSchema } from '../../config/env-schema.ts'
import { detect } from '../../detect/detect.ts'
import type { AppFacts, Project } from '../../detect/facts.ts'
import { repositoryOf } from '../../detect/repository.ts'
import { readVariables } from '../../detect/variables/read-variables.ts'
import { SluiceError } from '../../errors.ts'
import { envExample } from '../../generators/env-example.ts'
import type { GeneratedFile } from '../../generators/generator.ts'
import { generateAll } from '../../generators/index.ts'
import type { GeneratorRequest } from '../../generators/request.ts'
import { type FileState, stateOf } from '../../generators/stamp.ts'
import { readProjectFile } from './project-file.ts'

/** A file that would be written, beside what is there. */
export interface Proposal extends GeneratedFile {
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

/** What would be written for these apps. Without a target each stays where its sluice.yaml has it. */
export async function survey(
  project: Project,
  target: GeneratorRequest['target'] | undefined,
): Promise<Survey> {
  const surveys = await Promise.all(project.apps.map((app) => surveyApp(project.root, app, target)))
  return {
    project,
    proposals: surveys.flatMap(({ proposals }) => proposals),
    notes: [...project.notes, ...surveys.flatMap(({ notes }) => notes)],
  }
}

async function surveyApp(
  root: string,
  app: AppFacts,
  asked: GeneratorRequest['target'] | undefined,
): Promise<{ proposals: Proposal[]; notes: string[] }> {
  const folder = join(root, app.folder)
  const variables = await readVariables(folder)
  const schemaText = await readProjectFile(folder, 'env.schema.yaml')
  const target = asked ?? targetIn(await readProjectFile(folder, 'sluice.yaml')) ?? 'process'
  const request = { app, target, variables, schema: schemaOf(schemaText), repository: repositoryOf(root) }
  // What a generator made of the code is made of the code again; what a person wrote stays the truth.
  const isOurs = schemaText?.includes('Made by `sluice init`') === true
  const { files, notes } = generateAll({ ...request, schema: isOurs ? null : request.schema })
  const made = files.find(({ path }) => path === 'env.schema.yaml')?.content ?? null
  // The one that will be there: what nobody has changed follows the code.
  const isFollowing =
    made !== null && (schemaText === null || ['same', 'outdated'].includes(stateOf(schemaText, made)))
  const schema = isFollowing ? schemaOf(made) : request.schema
  const example = schema === null ? [] : [{ path: '.env.example', content: envExample(schema) }]
  const proposals = [...files, ...example].map(async (file): Promise<Proposal> => {
    const found = await readProjectFile(folder, file.path)
    const state = found === null ? 'new' : stateOf(found, file.content)
    return { ...file, path: posix.join(app.folder, file.path), state, found }
  })
  return { proposals: await Promise.all(proposals), notes }
}

// By its text: a file with a mistake in it still says where the app runs.
function targetIn(text: string | null): GeneratorRequest['target'] | undefined {
  const found = /^ +target: *([a-z]+)/m.exec(text ?? '')?.[1]
  return targets.find((target) => target === found)
}

function schemaOf(text: string | null): EnvSchema | null {
  return text === null ? null : parseEnvSchema(text, 'env.schema.yaml')
}
