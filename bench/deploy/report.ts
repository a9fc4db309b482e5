import { compareFigure, type Runs, spreadOf, tableOf, written } from '../paired.ts'
import type { Deployment } from './deployment.ts'

/** How long everything took, and what was lost: the two tables and the lines below them. */
export function reportOf(found: readonly Runs<Deployment>[]): string {
  const moved = found.map((runs) => compareFigure(runs, 's', (run) => run.movedMs / 1000))
  const command = found.map((runs) => compareFigure(runs, 's', (run) => run.commandMs / 1000))
  const lines = found.map((runs) => `${ownTime(runs.ours)}\n${lossOf(runs.ours)}\n${lossOf(runs.peer)}\n`)
  return [
    `Command to all traffic moved\n\n${tableOf(moved)}\n`,
    `Command to its end\n\n${tableOf(command)}\n`,
    ...lines,
  ].join('\n')
}

type Side = Runs<Deployment>['ours']

/** What is left of the time until the traffic has moved when the app's own start is taken off. */
function ownTime({ name, runs }: Side): string {
  const start = written(spreadOf(runs.map((run) => run.startMs)))
  const own = spreadOf(runs.map((run) => run.movedMs - run.startMs))
  const verdict = own.median < 1000 ? 'met' : 'MISSED'
  return `${name}: its own time ${written(own)} ms beside ${start} ms in which the app started; under 1 s: ${verdict}`
}

function lossOf({ name, runs }: Side): string {
  const sum = (figure: (run: Deployment) => number) => runs.reduce((total, run) => total + figure(run), 0)
  const ways = [...new Set(runs.flatMap((run) => Object.keys(run.lost)))]
  const counts = ways.map((way) => ({ way, count: sum((run) => run.lost[way] ?? 0) }))
  const total = counts.reduce((all, { count }) => all + count, 0)
  const how = counts.map(({ way, count }) => `${count.toLocaleString('en')} × ${way}`).join(', ')
  const silence = written(spreadOf(runs.map((run) => run.silenceMs)))
  return [
    `${name}: ${total.toLocaleString('en')} of ${sum((run) => run.sent).toLocaleString('en')} requests lost in ${runs.length} deploys`,
    ...(total === 0
      ? []
      : [how, `in ${runs.filter((run) => Object.keys(run.lost).length > 0).length} of them`]),
    `${sum((run) => run.sentAgain)} GETs sent again as a browser would`,
    `longest time without any answer ${silence} ms`,
  ].join('; ')
}
