import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { goApp, requestFor } from './facts.fixture.ts'
import { onCall } from './on-call.ts'
import { stamped, stateOf } from './stamp.ts'

const { files, notes } = onCall.generate(requestFor(goApp()))
const content = files[0]!.content

it('says who is told, and leaves to people what only they know', () => {
  expect(files.map(({ path }) => path)).toEqual(['ops/on-call.yaml'])
  expect(parse(content)).toEqual({
    owner: 'shop',
    team: 'TODO',
    tier: 'TODO',
    docs: 'TODO',
    dependencies: [{ name: 'TODO', failure: 'TODO' }],
    rotation: {
      timezone: 'TODO',
      handover: 'TODO',
      members: [
        { name: 'TODO', contact: 'TODO' },
        { name: 'TODO', contact: 'TODO' },
      ],
    },
    escalation: [
      { after: '0m', who: 'on call', contact: 'TODO' },
      { after: '15m', who: 'next on call', contact: 'TODO' },
      { after: '30m', who: 'lead', contact: 'TODO' },
    ],
    severities: {
      critical: { pages: true, hours: 'always', route: 'TODO' },
      warning: { pages: false, hours: 'weekdays 09:00-17:00', route: 'TODO' },
    },
    slo: {
      objective: 99.9,
      window: '30d',
      indicator:
        '1 - (sum(rate(http_requests_total{job="shop", code=~"5.."}[30d])) / sum(rate(http_requests_total{job="shop"}[30d])) or vector(0))\n',
      dashboard: 'TODO',
    },
  })
  expect(notes).toEqual([expect.stringContaining('fill them in, else nobody is told')])
})

it('knows later what it was made of', () => {
  expect(stateOf(stamped(content), content)).toBe('same')
  expect(parse(stamped(content))).toEqual(parse(content))
})
