import type { Evidence } from '../../check.ts'
import type { Look } from '../../look/look.ts'
import { merged, type Weighed } from '../../look/weighed.ts'
import { everyWorkflow, type Workflow, type WorkflowJob, type WorkflowStep } from '../../look/workflows.ts'
import { entriesOf, field } from '../../look/yaml-documents.ts'
import { type Taint, taintOf } from './taint.ts'

/** Inputs of actions that are run, as `script` of actions/github-script is. */
const SCRIPTED = /^(?:script|run|cmd|inline-?script)$/i

/**
 * Scripts of GitHub Actions into which the text of an event is pasted before the shell reads them. What goes through
 * `env:` is a variable of the shell and harmless, unless it is pasted again as `${{ env.TITLE }}`. Outputs of steps that
 * were given such a text are a warning: what the step makes of it cannot be read here.
 */
export function templateInjections(look: Look): Partial<Weighed> {
  return merged(...everyWorkflow(look).map(injectionsIn))
}

function injectionsIn(workflow: Workflow): Partial<Weighed> {
  const { file, document, jobs } = workflow
  return merged(
    ...jobs.flatMap((job) =>
      job.steps.flatMap((step) =>
        scriptsOf(step).map(([key, script]): Partial<Weighed> => {
          const at = (says: string): Evidence => ({
            says,
            file,
            line: lineWithin(document, step, key, script),
          })
          const taint = taintOf(withVariables(script, workflow, job, step))
          if (taint !== null) return byKind(taint, at)
          const carrier = carriers(workflow, job).find((one) => mentions(script, one.reference))
          return carrier === undefined
            ? {}
            : { weak: [at(`a script is made with ${carrier.reference}, which was given ${carrier.context}`)] }
        }),
      ),
    ),
  )
}

function byKind({ kind, context }: Taint, at: (says: string) => Evidence): Partial<Weighed> {
  if (kind === 'resolved') return { bad: [at(`${context} becomes part of a script`)] }
  return { open: [at(`${context} becomes part of a script, and what it is cannot be read`)] }
}

function scriptsOf({ run, value }: WorkflowStep): [key: (string | number)[], script: string][] {
  if (run !== null) return [[['run'], run]]
  return entriesOf(field(value, 'with')).flatMap(([input, script]) =>
    SCRIPTED.test(input) && typeof script === 'string' ? [[['with', input], script]] : [],
  )
}

// The innermost `env` rules, as it does when the job runs.
function withVariables(script: string, workflow: Workflow, job: WorkflowJob, step: WorkflowStep): string {
  const env = Object.fromEntries(
    [workflow.document.value, job.value, step.value].flatMap((one) => entriesOf(field(one, 'env'))),
  )
  return script.replaceAll(/\$\{\{([\s\S]*?)\}\}/g, (whole, expression: string) => {
    const name = /^\s*env\.([\w-]+)\s*$/.exec(expression)?.[1]
    return name === undefined ? whole : String(env[name] ?? whole)
  })
}

interface Carrier {
  /** `steps.title.outputs`, or `needs.check.outputs.title` */
  reference: string
  context: string
}

function carriers({ jobs }: Workflow, job: WorkflowJob): Carrier[] {
  const others = jobs.flatMap((other) =>
    entriesOf(field(other.value, 'outputs')).flatMap(([name, value]): Carrier[] => {
      const text = String(value)
      const context =
        taintOf(text)?.context ??
        stepCarriers(other).find(({ reference }) => mentions(text, reference))?.context
      return context === undefined ? [] : [{ reference: `needs.${other.id}.outputs.${name}`, context }]
    }),
  )
  return [...stepCarriers(job), ...others]
}

function stepCarriers({ steps }: WorkflowJob): Carrier[] {
  return steps.flatMap(({ value }): Carrier[] => {
    const id = field(value, 'id')
    const given = ['env', 'with'].flatMap((key) => entriesOf(field(value, key)))
    const taint = given.map(([, text]) => taintOf(String(text))).find((one) => one?.kind === 'resolved')
    return typeof id === 'string' && taint
      ? [{ reference: `steps.${id}.outputs`, context: taint.context }]
      : []
  })
}

function mentions(text: string, reference: string): boolean {
  return [...text.matchAll(/\$\{\{([\s\S]*?)\}\}/g)].some(([, expression = '']) =>
    new RegExp(`${reference.replaceAll('.', String.raw`\.`)}(?![\\w-])`).test(expression),
  )
}

function lineWithin(
  document: Workflow['document'],
  step: WorkflowStep,
  key: (string | number)[],
  script: string,
): number {
  const lines = script.split('\n')
  const index = lines.findIndex((line) => taintOf(line) !== null)
  const isBlock = script.includes('\n')
  return document.lineOf([...step.at, ...key]) + (isBlock && index !== -1 ? index + 1 : 0)
}
