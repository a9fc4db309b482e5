import type { AppFacts } from '../detect/facts.ts'
import { type Alert, anchorOf, headingOf } from './alerts/alert.ts'
import { alertGroups } from './alerts/alerts.ts'
import { type Dependency, dependenciesOf, downName } from './alerts/dependency-alerts.ts'
import { type Generator, madeBy } from './generator.ts'

/** What to do when something is wrong, for somebody who has just been woken. */
export const runbook: Generator = {
  summary: 'what to do when something is wrong',
  isOptional: true,

  generate({ app }) {
    const alerts = alertGroups(app).flatMap((group) => group.alerts)
    const lines = [
      `# Runbook of ${app.name}`,
      '',
      // In lines of its own: whatever is added to this one stays inside the comment.
      '<!--',
      madeBy('').trim(),
      '-->',
      '',
      'Reviewed: TODO',
      '',
      'Read it through twice a year, correct it, and write the day there.',
      '',
      ...begin,
      ...stopping,
      ...rollback,
      ...dependsOn(app),
      '## Alerts',
      '',
      'One section for each alert of `alerts.yaml`.',
      '',
      ...alerts.flatMap(section),
    ]
    return { files: [{ path: 'ops/runbook.md', content: lines.join('\n') }], notes: [] }
  },
}

const begin = [
  'Run what follows on the machine that it is deployed from, in the folder of `sluice.yaml`. With `--env NAME` another environment is meant than production.',
  '',
  '## First',
  '',
  '1. Say that you are on it, where others read it.',
  '2. `sluice status` says what serves, and whether a rollout is going on. `sluice status --watch` says it every second, with rates.',
  '3. Something was released shortly before: [stop it](#stopping-a-rollout) or [go back](#rollback) first, and ask why afterwards.',
  '4. Nothing was released: look at [what it depends on](#dependencies).',
  '',
]

const stopping = [
  '## Stopping a rollout',
  '',
  '- `sluice abort` ends it: the old release serves all again.',
  '- `sluice pause` holds it where it is, to look; `sluice resume` lets it go on.',
  '- `sluice explain` says why it went as it did.',
  '',
]

const rollback = [
  '## Rollback',
  '',
  '1. `sluice history` says which release served before.',
  '2. Did the new release change the database in a way that the old one cannot read? Then going back breaks more than it mends: mend forward.',
  '3. `sluice rollback` goes back to the release before; `sluice rollback r7` to any that is kept.',
  '4. `sluice status` says when the old one serves. The alert ends by itself some minutes later.',
  '5. Write down what was seen, and do not release the same again.',
  '',
  'Rehearse it where nobody is hurt: `sluice drill --env staging --yes` breaks a copy of what serves, and shows that it is noticed and undone.',
  '',
]

function dependsOn(app: AppFacts): string[] {
  const all = dependenciesOf(app)
  const table = ['| what | when it is away | alert |', '| --- | --- | --- |', ...all.map(row)]
  const none = 'No server that it needs was found in its files.'
  return [
    '## Dependencies',
    '',
    ...(all.length === 0 ? [none] : table),
    '',
    'Add what its files do not show: other services and APIs that it asks, and what happens without them.',
    '',
  ]
}

function row(dependency: Dependency): string {
  const alert = { name: downName(dependency) }
  return `| ${dependency.title} | ${dependency.failure} | [${headingOf(alert)}](#${anchorOf(alert)}) |`
}

function section(alert: Alert): string[] {
  const urgency = alert.severity === 'critical' ? 'Critical: at once.' : 'A warning: in working hours.'
  return [
    `### ${headingOf(alert)}`,
    '',
    `${urgency} Users notice: ${alert.noticed}`,
    '',
    'Look:',
    '',
    ...alert.look.map((step) => `- ${step}`),
    '',
    'Do:',
    '',
    ...alert.act.map((step) => `- ${step}`),
    '',
  ]
}
