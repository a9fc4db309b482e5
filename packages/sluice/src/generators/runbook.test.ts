import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { commands } from '../cli/commands/index.ts'
import { alerts } from './alerts/alerts.ts'
import { goApp, nodeApp, requestFor, staticSite, sure } from './facts.fixture.ts'
import { runbook } from './runbook.ts'
import { stamped, stateOf } from './stamp.ts'

const services = (['rabbitmq', 'redis', 'mysql', 'mongodb', 'postgres'] as const).map(sure)
const everything = nodeApp({ services })

function generated(app = everything as Parameters<typeof requestFor>[0]): string {
  const { files } = runbook.generate(requestFor(app))
  expect(files.map(({ path }) => path)).toEqual(['ops/runbook.md'])
  return files[0]!.content
}

/** As GitHub makes them of headings. */
function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  )
}

describe('the runbook', () => {
  it('knows later what it was made of, in a comment that nobody sees', () => {
    const content = generated()
    expect(stateOf(stamped(content), content)).toBe('same')
    expect(stamped(content).replaceAll(/<!--[\s\S]*?-->/g, '')).toBe(
      content.replaceAll(/<!--[\s\S]*?-->/g, ''),
    )
    expect(stamped(content)).toMatch(/<!--\nMade by .* \([0-9a-f]{8}\)\n-->/)
  })

  it('has a section for every alert, where the alert’s link leads', () => {
    const { groups } = parse(alerts.generate(requestFor(everything)).files[0]!.content)
    const links = groups
      .flatMap(({ rules }: { rules: { annotations: { runbook: string } }[] }) => rules)
      .map((rule: { annotations: { runbook: string } }) => rule.annotations.runbook)
    expect(links).toHaveLength(24)
    const there = anchors(generated()).map((anchor) => `ops/runbook.md#${anchor}`)
    expect(links.filter((link: string) => !there.includes(link))).toEqual([])
    expect(new Set(there).size).toBe(there.length)
  })

  it('has no link that leads nowhere', () => {
    const content = generated()
    const links = [...content.matchAll(/\]\(#([^)]*)\)/g)].map(([, anchor]) => anchor!)
    expect(links.length).toBeGreaterThan(20)
    expect(links.filter((link) => !anchors(content).includes(link))).toEqual([])
  })

  it('names only commands that there are', () => {
    const named = [...generated().matchAll(/`sluice ([a-z]+)/g)].map(([, command]) => command!)
    const known = Object.keys(commands)
    expect(new Set(named)).toEqual(
      new Set([
        ...['init', 'status', 'abort', 'pause', 'resume', 'explain', 'history', 'rollback', 'drill'],
        ...['logs', 'up', 'deploy'],
      ]),
    )
    expect(named.filter((name) => !known.includes(name))).toEqual([])
  })

  it('can be read by somebody who has just been woken', () => {
    const text = generated(goApp({ services: [sure('postgres')] }))
    const section = (heading: string) => text.split(`${heading}\n`)[1]!.split(/^#/m)[0]!.trim().split('\n')
    expect(section('## Stopping a rollout')).toEqual([
      '- `sluice abort` ends it: the old release serves all again.',
      '- `sluice pause` holds it where it is, to look; `sluice resume` lets it go on.',
      '- `sluice explain` says why it went as it did.',
    ])
    expect(section('### Postgresql down')).toEqual([
      'Critical: at once. Users notice: Nothing can be read or saved. Readiness fails where it asks the database, and every request with it.',
      '',
      'Look:',
      '',
      '- Does PostgreSQL run, and what does it say?',
      '- Can the app reach it? `sluice logs`.',
      '',
      'Do:',
      '',
      '- Start PostgreSQL, or have whoever runs it do so. No release and no rollback of the app helps.',
      '- Name, password or network changed: what does the app have for it?',
    ])
  })

  it('says what it means when a server that the app needs is away', () => {
    expect(generated(goApp({ services: [sure('redis'), sure('redis')] }))).toContain(
      [
        '## Dependencies',
        '',
        '| what | when it is away | alert |',
        '| --- | --- | --- |',
        '| Redis | As a cache: it is slower, and the database has more to do. With sessions or jobs in it: people are signed out, jobs wait. | [Redis down](#redis-down) |',
        '',
      ].join('\n'),
    )
    expect(generated(staticSite())).toContain(
      '## Dependencies\n\nNo server that it needs was found in its files.\n',
    )
  })
})
