import { dependenciesOf } from './alerts/dependency-alerts.ts'
import { indicator, objective } from './alerts/slo.ts'
import { type Generator, madeBy } from './generator.ts'

/** Who is told, and what is promised. Only people can fill it in. */
export const onCall: Generator = {
  summary: 'who is told when something is wrong, and what is promised',
  isOptional: true,

  generate({ app }) {
    const needed = dependenciesOf(app)
    const lines = [
      madeBy(),
      '# Who is told when something is wrong, and what is promised. Replace every TODO: until then nobody is told.',
      `owner: ${app.name} # the label "owner" of the alerts`,
      'team: TODO',
      'tier: TODO # A above 99.9 %, B 99 to 99.9 %, C 95 to 99 %',
      'docs: TODO # where it is described',
      'dependencies: # what it needs, and what users notice without it',
      ...needed.map(
        ({ title, failure }) => `  - { name: ${JSON.stringify(title)}, failure: ${JSON.stringify(failure)} }`,
      ),
      '  - { name: TODO, failure: TODO } # what its files do not show; else take the line out',
      '',
      'rotation:',
      '  timezone: TODO # Europe/Berlin',
      '  handover: TODO # Monday 09:00',
      '  members: # two at least, each with a way to be reached',
      '    - { name: TODO, contact: TODO }',
      '    - { name: TODO, contact: TODO }',
      '',
      'escalation: # who is told when nobody has answered for so long',
      '  - { after: 0m, who: on call, contact: TODO }',
      '  - { after: 15m, who: next on call, contact: TODO }',
      '  - { after: 30m, who: lead, contact: TODO }',
      '',
      'severities: # the label "severity" of the alerts',
      '  critical: { pages: true, hours: always, route: TODO } # a service that rings: PagerDuty, Opsgenie, a telephone',
      '  warning: { pages: false, hours: weekdays 09:00-17:00, route: TODO } # a channel that is read in the morning',
      '',
      'slo:',
      '  # What the two alerts on the error budget are about. Change both together.',
      `  objective: ${objective.percent} # percent of the requests that are answered without an error of ours`,
      `  window: ${objective.window}`,
      '  indicator: |',
      `    ${indicator(app)}`,
      '  dashboard: TODO # where it is shown',
      '',
    ]
    return {
      files: [{ path: 'ops/on-call.yaml', content: lines.join('\n') }],
      notes: [
        'ops/on-call.yaml has a TODO for every name, contact and route: fill them in, else nobody is told.',
      ],
    }
  },
}
