import type { DrillFault } from '../../core/drill.ts'
import type { Fact } from '../../core/narrate.ts'
import type { DrillRecord, DrillResult } from '../../runtime/drill-records.ts'
import type { DrillNews, EnvironmentStatus } from '../../server/contract.ts'
import { mark } from './mark.ts'
import type { Paint } from './paint.ts'
import { counted, pad, table } from './text.ts'

const column = 12

const what: { [K in DrillFault]: string } = {
  errors: 'most of its answers to the drill become errors',
  latency: 'its answers to the drill become slow',
  crash: 'it is killed',
  'never-ready': 'it hangs while it starts',
}

/** What a drill would do, before anybody has agreed to it. */
export function drillPlanLines({ id, stable }: EnvironmentStatus, faults: DrillFault[]): string[] {
  const release = stable?.release ?? 'what is stable'
  return [
    `A drill of ${id} starts one copy of ${release} beside it, ${counted(faults.length, 'time')}, and breaks it:`,
    ...faults.map((fault) => `  ${pad(fault, column)} ${what[fault]}`),
    `Users stay on ${release} with all of its instances; the drill sends requests of its own.`,
  ]
}

/** What has happened in a drill, for a person. */
export function drillLines(news: Exclude<DrillNews, { kind: 'error' }>, paint: Paint): string[] {
  switch (news.kind) {
    case 'drill':
      return [
        `Drill of ${news.environment}: ${news.copy} is a copy of ${news.release}, which serves all users`,
      ]
    case 'fact':
      return factLine(news.fault, news.fact, paint)
    case 'result':
      return [resultLine(news.result, paint)]
    case 'done':
      return ['', ...tableLines(news.record, paint), '', usersLine(news.record, paint)]
  }
}

// Its beginning; how it ended is told with its times.
function factLine(fault: DrillFault, { title }: Fact, paint: Paint): string[] {
  if (title !== 'provision') return []
  return [`${mark('going', paint)} ${pad(fault, column)} ${what[fault]}`]
}

function resultLine({ fault, outcome, message }: DrillResult, paint: Paint): string {
  const kind = outcome === 'caught' ? 'done' : outcome === 'missed' ? 'failed' : 'attention'
  // What was wanted and found beyond that is in the journal: sluice explain.
  const [short = message] = message.split('. ')
  return `${mark(kind, paint)} ${pad(fault, column)} ${outcome}: ${short}`
}

function tableLines({ results }: DrillRecord, paint: Paint): string[] {
  const heads = ['', 'fault', 'ended', 'noticed by', 'after', 'copy gone after', 'rollout']
  const rows = results.map(({ fault, outcome, caughtBy, detectedMs, undoneMs, rollout }) => [
    mark(outcome === 'caught' ? 'done' : 'failed', paint),
    fault,
    outcome,
    caughtBy ?? '·',
    lasted(detectedMs),
    lasted(undoneMs),
    rollout,
  ])
  const [head = '', ...others] = table([heads, ...rows])
  return [paint.dim(head), ...others]
}

function usersLine({ release, users }: DrillRecord, paint: Paint): string {
  const { requests, failed, retried, toCopy } = users
  const kind = failed + toCopy === 0 ? 'done' : 'attention'
  const fates = [
    failed === 0 ? 'none failed' : `${failed.toLocaleString('en')} failed`,
    ...(retried === 0 ? [] : [`${retried.toLocaleString('en')} retried`]),
    toCopy === 0 ? 'none met the copy' : `${toCopy.toLocaleString('en')} met the copy`,
  ]
  return `${mark(kind, paint)} users: ${counted(requests, 'request')} served by ${release}, ${fates.join(', ')}`
}

function lasted(ms: number | null): string {
  if (ms === null) return '·'
  return ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`
}
