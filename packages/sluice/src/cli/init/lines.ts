import { createTwoFilesPatch } from 'diff'
import type { AppFacts, Concluded } from '../../detect/facts.ts'
import { stamped } from '../../generators/stamp.ts'
import type { Paint } from '../view/paint.ts'
import type { Proposal } from './survey.ts'

const mostDiffLines = 80

/** What was concluded of an app, each with the file that says so. */
export function factLines(app: AppFacts, paint: Paint): string[] {
  const { stack, version, framework, start, health } = app
  const manager = app.stack === 'node' ? app.packageManager : app.stack === 'python' ? app.manager : null
  const rows: [string, string, string][] = [
    [
      'stack',
      [names[stack], version?.value ?? ''].join(' ').trim(),
      [said(app.because), said(version?.from)].filter(Boolean).join('; '),
    ],
    ...row('framework', framework),
    ...row('packages', manager),
    ...row('starts by', start === null ? null : { ...start, value: start.value.join(' ') }),
    ...portRow(app),
    ...row('ready at', health.readiness),
    ...row('alive at', health.liveness),
    ...app.services.map((service): [string, string, string] => ['needs', service.value, said(service.from)]),
  ]
  return [
    paint.bold(app.folder === '.' ? app.name : `${app.name} (${app.folder})`),
    ...rows.map(([label, value, because]) =>
      `  ${label.padEnd(10)} ${value.padEnd(24)} ${paint.dim(because)}`.trimEnd(),
    ),
  ]
}

function portRow({ port, readsPort }: AppFacts): [string, string, string][] {
  if (port === null) return readsPort ? [['port', 'PORT', '']] : []
  return [['port', readsPort ? `PORT, or ${port.value}` : String(port.value), said(port.from)]]
}

const names = { node: 'Node', go: 'Go', python: 'Python', static: 'static files' }

function row(label: string, found: Concluded<string> | null): [string, string, string][] {
  return found === null ? [] : [[label, found.value, said(found.from)]]
}

function said(from: { file: string; line?: number; says: string } | undefined): string {
  if (from === undefined) return ''
  const place = from.line === undefined ? from.file : `${from.file}:${from.line}`
  return place === '' ? from.says : `${from.says} (${place})`
}

const words: { [K in Proposal['state']]: string } = {
  new: 'new',
  same: 'as it is',
  changed: 'yours: changed since it was made, and the app has not moved on',
  outdated: 'the app has moved on',
  'changed and outdated': 'the app has moved on, and you have changed it',
  own: 'yours: not made by sluice init',
}

/** Columns of the longest path, and a sensible number for short ones. */
export function widestPath(proposals: Proposal[]): number {
  return Math.max(24, ...proposals.map(({ path }) => path.length))
}

/** `+ Dockerfile  new`, and why it is left alone where it is. */
export function proposalLine({ path, state }: Proposal, widest: number, paint: Paint): string {
  const mark =
    state === 'new'
      ? paint.green('+')
      : state === 'same' || state === 'changed' || state === 'own'
        ? ' '
        : paint.yellow('~')
  return `${mark} ${path.padEnd(widest)} ${paint.dim(words[state])}`
}

/** What would change in a file that is there. */
export function diffLines({ path, content, found }: Proposal, paint: Paint): string[] {
  const patch = createTwoFilesPatch(path, path, found ?? '', stamped(content), 'as it is', 'as it would be')
  const lines = patch
    .split('\n')
    .slice(2)
    .filter((line) => !line.startsWith('\\'))
  const shown = lines.slice(0, mostDiffLines).map((line) => {
    if (line.startsWith('+')) return paint.green(line)
    return line.startsWith('-') ? paint.red(line) : paint.dim(line)
  })
  const rest = lines.length - shown.length
  return rest > 0 ? [...shown, paint.dim(`… and ${rest} more lines`)] : shown
}
