import { ciFiles } from './ci-files.ts'
import { type Look, once } from './look.ts'
import { entriesOf, field, listOf, type YamlDocument, yamlDocuments } from './yaml-documents.ts'

/** A workflow of GitHub Actions, or an action of the repository's own, which has one job without a name. */
export interface Workflow {
  file: string
  document: YamlDocument
  /** `push`, `pull_request_target`; none of an action. */
  triggers: string[]
  jobs: WorkflowJob[]
}

export interface WorkflowJob {
  id: string
  /** Plain data, as written. */
  value: unknown
  at: (string | number)[]
  /** A workflow that the job is made of: `acme/ci/.github/workflows/test.yml@main`. */
  uses: string | null
  steps: WorkflowStep[]
}

export interface WorkflowStep {
  value: unknown
  at: (string | number)[]
  line: number
  uses: string | null
  run: string | null
}

/** Workflows of GitHub Actions; `unread` are files that are no YAML. */
export const workflows = once((look): { workflows: Workflow[]; unread: string[] } => {
  const files = ciFiles(look).filter(({ system }) => system === 'github')
  return {
    workflows: files.flatMap(({ document }) => (document === null ? [] : [workflowOf(document)])),
    unread: files.filter(({ document }) => document === null).map(({ file }) => file),
  }
})

/** Actions that are kept in the repository, and run as part of its workflows. */
export const ownActions = once(({ repositoryFiles: files }: Look): Workflow[] =>
  files.matching(/(?:^|\/)action\.ya?ml$/).flatMap((path) =>
    yamlDocuments(files, path).documents.flatMap((document) => {
      const value = field(document.value, 'runs')
      if (value === null) return []
      const job = { id: '', value, at: ['runs'], uses: null, steps: stepsOf(document, value, ['runs']) }
      return [{ file: document.file, document, triggers: [], jobs: [job] }]
    }),
  ),
)

/** Everything that is run: workflows, and the actions that stand beside them. */
export function everyWorkflow(look: Look): Workflow[] {
  return [...workflows(look).workflows, ...ownActions(look)]
}

function workflowOf(document: YamlDocument): Workflow {
  return {
    file: document.file,
    document,
    triggers: triggersIn(field(document.value, 'on')),
    jobs: entriesOf(field(document.value, 'jobs')).map(([id, value]) => ({
      id,
      value,
      at: ['jobs', id],
      uses: textOf(field(value, 'uses')),
      steps: stepsOf(document, value, ['jobs', id]),
    })),
  }
}

function stepsOf(document: YamlDocument, job: unknown, at: (string | number)[]): WorkflowStep[] {
  return listOf(field(job, 'steps')).map((value, index) => ({
    value,
    at: [...at, 'steps', index],
    line: document.lineOf([...at, 'steps', index]),
    uses: textOf(field(value, 'uses')),
    run: textOf(field(value, 'run')),
  }))
}

function triggersIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.map(String) : entriesOf(value).map(([name]) => name)
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
