import { evidenceLines, marks } from '../../checks/report/finding-text.ts'
import { scores } from '../../checks/report/score.ts'
import type { Report } from '../../checks/run-checks.ts'
import type { Finding } from '../../checks/settle.ts'
import type { Paint } from './paint.ts'
import { counted, table } from './text.ts'

const mostEvidence = 3

/** The report for a person: group by group, with more lines for what is not as it should be. */
export function reportLines(
  report: Report,
  { app, tier }: { app: string; tier: string },
  paint: Paint,
): string[] {
  const groups = scores(report).flatMap(({ group, passed, of, percent }) => [
    '',
    `${paint.bold(group)}  ${passed} of ${of}, ${percent} %`,
    ...report.findings
      .filter((finding) => finding.group === group)
      .flatMap((finding) => findingLines(finding, paint)),
  ])
  return [`${paint.bold(app)}, tier ${tier}`, ...groups, '', ...closing(report, tier, paint)]
}

function findingLines(finding: Finding, paint: Paint): string[] {
  const { id, title, status, says, isBlocking, leniency, fix } = finding
  const mark = paintOf(finding, paint)(marks[status])
  const head = `  ${mark} ${id}  ${title}${isBlocking ? `  ${paint.red('blocks')}` : ''}`
  if (status === 'pass') return [head]
  const lenient = leniency === null ? [] : [`does not block: ${leniency}`]
  if (status === 'na') return [head, ...[says, ...lenient].map((line) => paint.dim(`            ${line}`))]
  // What is said in the line above need not be proved by itself.
  const evidence = evidenceLines(finding).filter((line) => line !== says)
  const rest = evidence.length - mostEvidence
  const lines = [
    says,
    ...lenient,
    ...evidence.slice(0, mostEvidence).map((line) => `  ${line}`),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ]
  return [head, ...lines.map((line) => `            ${line}`), paint.dim(`            → ${fix}`)]
}

function paintOf({ status, isBlocking }: Finding, paint: Paint): (text: string) => string {
  if (status === 'pass') return paint.green
  if (status === 'na') return paint.dim
  return status === 'fail' || isBlocking ? paint.red : paint.yellow
}

function closing({ findings }: Report, tier: string, paint: Paint): string[] {
  const number = (status: Finding['status']) => findings.filter((one) => one.status === status).length
  const rows = [
    ['pass', 'hold'],
    ['fail', 'do not'],
    ['warn', 'hold in part'],
    ['unknown', 'are not known'],
    ['na', 'do not concern the app'],
  ] as const
  const tally = table(rows.map(([status, words]) => ['', marks[status], String(number(status)), words]))
  const blocking = findings.filter(({ isBlocking }) => isBlocking)
  if (blocking.length === 0) return [...tally, '', `${paint.green('✓')} nothing blocks in tier ${tier}`]
  const ids = blocking.map(({ id }) => id).join(', ')
  const block = blocking.length === 1 ? 'blocks' : 'block'
  return [
    ...tally,
    '',
    `${paint.red('✗')} ${counted(blocking.length, 'check')} ${block} in tier ${tier}: ${ids}`,
  ]
}
