import { type Answer, type Check, type Evidence, fail, pass, unknown, warn } from '../check.ts'
import { DAY_MS, dayText } from '../look/day.ts'
import { type Look, once } from '../look/look.ts'
import { headingsOf } from '../look/markdown-page.ts'
import { ownMatching } from '../look/own-files.ts'
import { recordOf } from '../look/record-file.ts'

const MOST_DAYS = 90
const PAGE =
  /^(?:README|RUNBOOK|ROLLBACK|DEPLOY(?:MENT|ING)?|RELEAS(?:E|ING)|OPERATIONS)[\w-]*\.md$|(?:^|\/)(?:ops|docs?|documentation|run-?books?|operations|wiki)\/.*\.(?:md|markdown|mdx)$/i
const TITLE =
  /\broll(?:ing)?[- ]?backs?\b|\bgoing back\b|\brevert(?:ing)?\b|\bundo(?:ing)? a (?:release|deploy)/i

/**
 * OPS-01. A page (ops/, docs/, README.md, …) with a heading on going back, and a command in code below it. Rehearsed: the newest
 * `sluice drill` or `sluice rollback` in what Sluice's agent has recorded, or ops/records/OPS-01.yaml with `when`, `result` and
 * what was done; each 90 days old at most.
 */
export const rollbackPlan: Check = {
  id: 'OPS-01',
  title: 'the way back is written down, and was tried',
  severity: 'critical',
  blocksFrom: 'C',
  passes: [['static', 'platform']],
  fix: 'sluice init --with runbook writes the plan; sluice drill --env staging --yes tries it. Elsewhere tried: ops/records/OPS-01.yaml with { when: 2026-11-22, result: passed, what: r41 to r40 on staging, took: 40s }.',
  fixedBy: ['runbook'],
  static: (look) => planOf(look),
  platform: (look) => rehearsalOf(look),
}

interface Section {
  place: Evidence
  namesCommand: boolean
}

const sections = once((look): Section[] => {
  const own = look.files.matching(PAGE).map((path) => look.files.at(path))
  const pages = new Set([...own, ...ownMatching(look, PAGE)])
  return [...pages].flatMap((file) => sectionsIn(look.repositoryFiles.read(file) ?? '', file))
})

function sectionsIn(page: string, file: string): Section[] {
  // Before it is taken apart: most pages are about something else.
  if (!TITLE.test(page)) return []
  return headingsOf(page)
    .filter(({ text }) => TITLE.test(text))
    .map(({ text, line, body }) => ({
      place: { says: `"${text}"`, file, line },
      namesCommand: /`[^`\n]+`|^(?:```|~~~| {4}\S)/m.test(body),
    }))
}

function planOf(look: Look): Answer {
  const all = sections(look)
  const whole = all.find(({ namesCommand }) => namesCommand)
  if (whole !== undefined) return pass('the way back is written down', [whole.place])
  const [first] = all
  if (first !== undefined) return warn(`${first.place.says} names no command`, [first.place])
  return fail('no page says how to go back')
}

function rehearsalOf(look: Look): Answer {
  const { operations, now } = look
  const tried = [
    ...(operations?.drills ?? []).map((one) => ({ ...one, what: 'drill' })),
    ...(operations?.rollouts ?? [])
      .filter(({ kind }) => kind === 'rollback')
      .map((one) => ({ ...one, what: 'rollback' })),
  ].toSorted((a, b) => b.at - a.at)
  const [newest] = tried
  if (newest === undefined) return recorded(look)
  const says = `the newest ${newest.what}, of ${newest.environment} on ${dayText(newest.at)}`
  const evidence = [{ says: `${says}: ${newest.says}` }]
  if (!newest.isGreen) return fail(`${says}, failed: ${newest.says}`, evidence)
  if (now - newest.at > MOST_DAYS * DAY_MS)
    return unknown(
      `${says}, is older than ${MOST_DAYS} days: sluice drill --env ${newest.environment} --yes`,
      evidence,
    )
  return pass(`${says}, succeeded`, evidence)
}

function recorded(look: Look): Answer {
  const found = recordOf(look, 'OPS-01', MOST_DAYS)
  if ('record' in found)
    return pass(`${found.record.says}, tells of one that passed`, [
      { says: 'result: passed', file: found.record.document.file },
    ])
  if (found.answer.evidence.length > 0) return found.answer
  return unknown('nobody is known to have tried the way back: sluice drill --env staging --yes')
}
