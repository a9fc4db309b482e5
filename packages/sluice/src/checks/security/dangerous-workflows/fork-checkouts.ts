import type { Evidence } from '../../check.ts'
import type { Look } from '../../look/look.ts'
import type { Weighed } from '../../look/weighed.ts'
import { type Workflow, type WorkflowStep, workflows } from '../../look/workflows.ts'
import { field } from '../../look/yaml-documents.ts'

/** These run with the secrets of the repository, for a change that is not part of it. */
const PRIVILEGED = ['pull_request_target', 'workflow_run', 'issue_comment']

const HEAD_OF_FORK =
  /github\.event\.(?:pull_request\.(?:head\.(?:sha|ref|repo\.full_name)|merge_commit_sha)|workflow_run\.(?:head_(?:sha|branch|commit\.id)|head_repository\.full_name))|github\.head_ref|refs\/pull\/|steps\.[\w-]+\.outputs\.head[-_](?:sha|ref)/i

const FETCHES =
  /\bgh\s+pr\s+checkout\b|\bgit\s+(?:fetch|pull|checkout|clone)\b[^\n]*(?:\bpull\/|github\.event\.pull_request\.head|github\.head_ref)/

/** What holds a job back from the changes of strangers: it asks where the change comes from, or whether it has been merged. */
const GUARD =
  /workflow_run\.event\s*==\s*'(?:push|schedule|workflow_dispatch|release)'|head_repository\.full_name\s*==\s*github\.repository|head\.repo\.full_name\s*==\s*github\.repository|pull_request\.merged\b|head\.repo\.fork\s*(?:==\s*false|!=\s*true)|!\s*github\.event\.pull_request\.head\.repo\.fork/

/** Workflows that have secrets and take the code of a fork. */
export function forkCheckouts(look: Look): Partial<Weighed> {
  return { bad: workflows(look).workflows.flatMap(checkoutsIn) }
}

function checkoutsIn({ file, document, triggers, jobs }: Workflow): Evidence[] {
  const trigger = triggers.find((one) => PRIVILEGED.includes(one))
  if (trigger === undefined) return []
  return jobs.flatMap(({ value, steps }) => {
    if (GUARD.test(String(field(value, 'if') ?? ''))) return []
    return steps
      .filter((step) => !GUARD.test(String(field(step.value, 'if') ?? '')) && takesFork(step))
      .map(({ at }) => ({
        says: `${trigger} runs with secrets, and checks out the code of a fork`,
        file,
        line: document.lineOf(at),
      }))
  })
}

function takesFork({ uses, run, value }: WorkflowStep): boolean {
  if (uses?.startsWith('actions/checkout@'))
    return ['ref', 'repository'].some((key) => HEAD_OF_FORK.test(String(field(value, 'with', key) ?? '')))
  return run !== null && FETCHES.test(run)
}
