import type { Answer, Check, Method } from './check.ts'
import type { Execution } from './execution.ts'
import { allChecks, type GroupName } from './index.ts'
import type { Look } from './look/look.ts'
import { NotStarted, type Trial, TrialOver } from './running/trial.ts'
import { type Finding, settle } from './settle.ts'

/** What came of all checks of an app. */
export interface Report {
  findings: (Finding & { group: GroupName })[]
  /** What was tried now, by id, so that it can be recorded. */
  tried: Record<string, Partial<Record<'executed' | 'probe', Answer>>>
}

/** What beyond reading files is wanted; null where it is not. */
export interface Means {
  execution: Execution | null
  trial: Trial | null
  /** Told before a check that takes time. */
  tell?: (check: Check, method: 'executed' | 'probe') => void
  /** Ids; all where it is not given. */
  only?: readonly string[]
}

/** Runs the checks one after the other: what they try is measured, and must not disturb each other. */
export async function runChecks(look: Look, means: Means): Promise<Report> {
  const report: Report = { findings: [], tried: {} }
  for (const { group, check } of allChecks()) {
    if (means.only !== undefined && !means.only.includes(check.id)) continue
    const { answers, tried } = await answersOf(check, look, means)
    if (Object.keys(tried).length > 0) report.tried[check.id] = tried
    report.findings.push({ group, ...settle(check, answers, look) })
  }
  return report
}

type Answers = Partial<Record<Method, Answer>>

async function answersOf(
  check: Check,
  look: Look,
  { execution, trial, tell }: Means,
): Promise<{ answers: Answers; tried: Report['tried'][string] }> {
  const why = (await check.concerns?.(look)) ?? null
  if (why !== null) return { answers: { static: { status: 'na', says: why, evidence: [] } }, tried: {} }
  const answers: Answers = { ...look.records[check.id]?.answers }
  const tried: Report['tried'][string] = {}
  if (check.static !== undefined) answers.static = await safely(async () => check.static!(look))
  if (check.platform !== undefined) answers.platform = await safely(async () => check.platform!(look))
  if (check.executed !== undefined && execution !== null) {
    tell?.(check, 'executed')
    const answer = await safely(() => check.executed!(look, execution, trial))
    if (answer !== null) tried.executed = answer
  }
  if (check.probe !== undefined && trial !== null) {
    tell?.(check, 'probe')
    tried.probe = await safely(() => check.probe!(look, trial))
  }
  return { answers: { ...answers, ...tried }, tried }
}

// One check that meets a thing nobody thought of must not take the others with it, and proves nothing.
async function safely<Result extends Answer | null>(ask: () => Promise<Result>): Promise<Result | Answer> {
  try {
    return await ask()
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error)
    if (error instanceof NotStarted)
      return { status: 'unknown', says: `the app did not start: ${says}`, evidence: [] }
    const why =
      error instanceof TrialOver ? 'it could not be tried to the end' : 'the check itself met an error'
    return { status: 'unknown', says: `${why}: ${says}`, evidence: [] }
  }
}
