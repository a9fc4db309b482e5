import { type Answer, type Check, type Evidence, fail, pass, unknown, warn } from '../check.ts'
import { DAY_MS, dayOf, dayText } from '../look/day.ts'
import { lineAt } from '../look/files.ts'
import type { Look } from '../look/look.ts'
import { ownAlertRules } from '../look/own-alert-rules.ts'
import { runbookLink } from '../look/runbook-link.ts'
import { type Runbook, runbooks } from '../look/runbooks.ts'

const MOST_DAYS = 180
const LEAST_SECTIONS = 3
/** `Reviewed: 2026-11-22`, also in bold or in a comment. */
const REVIEWED = /(?:reviewed|last reviewed|last updated)\W{1,6}(\d{4}-\d{2}-\d{2})/i

/**
 * OPS-08. A page in Markdown named runbook or playbook, or below a folder of that name, with three headings at least; alerts that
 * link to it; and in it a line `Reviewed: 2026-11-22`, 180 days old at most, since a copy of the files does not tell when
 * they were written.
 */
export const runbook: Check = {
  id: 'OPS-08',
  title: 'a runbook says what to do, and is kept up to date',
  severity: 'high',
  blocksFrom: 'A',
  passes: [['static']],
  fix: 'sluice init --with runbook writes ops/runbook.md; read it through twice a year, and write the day into it: Reviewed: 2026-11-22.',
  fixedBy: ['runbook'],
  static: (look) => runbookOf(look),
}

function runbookOf(look: Look): Answer {
  const pages = runbooks(look)
  const links = ownAlertRules(look).map((alert) => runbookLink(alert, look))
  if (pages.length === 0) {
    const outside = links.find(({ leads }) => leads === 'outside')
    if (outside === undefined) return fail('there is no runbook')
    return unknown('the runbook that alerts link to is outside of the repository, and was not read')
  }
  const linked = links.flatMap((link) => (link.leads === 'here' ? [link.file] : []))
  const page = pages.find(({ file }) => linked.includes(file)) ?? pages[0]!
  const sections = pages.reduce((sum, { headings }) => sum + headings.length, 0)
  const evidence = [{ says: `${sections} headings in ${pages.length} pages`, file: page.file }]
  if (sections < LEAST_SECTIONS) return warn(`${page.file} has hardly a section`, evidence)
  if (links.length > 0 && !linked.some((file) => pages.some((one) => one.file === file)))
    return warn(`no alert links to ${page.file}`, evidence)
  return aged(pages, evidence, look)
}

function aged(pages: Runbook[], evidence: Evidence[], { now }: Look): Answer {
  const reviews = pages.flatMap(({ text, file }) => {
    const found = REVIEWED.exec(text)
    const at = dayOf(found?.[1])
    return found === null || at === null ? [] : [{ at, file, line: lineAt(text, found.index) }]
  })
  const newest = reviews.toSorted((a, b) => b.at - a.at)[0]
  if (newest === undefined)
    return warn(
      `${pages[0]!.file} does not say when it was last read through: Reviewed: ${dayText(now)}`,
      evidence,
    )
  const { at, ...place } = newest
  const says = `reviewed on ${dayText(at)}`
  if (now - at > MOST_DAYS * DAY_MS)
    return warn(`the runbook was ${says}, more than ${MOST_DAYS} days ago`, [{ says, ...place }])
  return pass(`the runbook is there, and was ${says}`, [...evidence, { says, ...place }])
}
