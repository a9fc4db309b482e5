import { expect, it } from 'vitest'
import { found } from '../look.fixture.ts'
import { runbook } from './runbook.ts'

const page = (reviewed: string) =>
  `# Runbook\n\n${reviewed}\n\n## First\n\n## Going back\n\n### High error rate\n`
const alerts = (link: string) => ({
  'ops/alerts.yaml': `groups:\n  - name: shop\n    rules:\n      - alert: HighErrorRate\n        expr: up == 0\n        annotations: { runbook_url: "${link}" }\n`,
})

it('passes one that alerts link to, and that was read through of late', async () => {
  const files = {
    'ops/runbook.md': page('Reviewed: 2026-10-01'),
    ...alerts('ops/runbook.md#high-error-rate'),
  }
  const { status, evidence } = await found(runbook, files)
  expect(status).toBe('pass')
  expect(evidence.at(-1)).toEqual({
    ...{ says: 'reviewed on 2026-10-01', file: 'ops/runbook.md', line: 3, method: 'static' },
  })
})

it.each([
  ['nobody says when it was read', { 'ops/runbook.md': page('') }],
  ['it was read long ago', { 'ops/runbook.md': page('**Reviewed:** 2026-01-01') }],
  ['no alert links to it', { 'RUNBOOK.md': page('Reviewed: 2026-10-01'), ...alerts('docs/other.md') }],
  ['it says next to nothing', { 'ops/runbook.md': '# Runbook\nReviewed: 2026-10-01\n' }],
])('warns where %s', async (_, files) => {
  expect((await found(runbook, files)).status).toBe('warn')
})

it('fails without one, and does not know of one on a website', async () => {
  expect((await found(runbook, {})).status).toBe('fail')
  expect((await found(runbook, alerts('https://wiki.example.com/shop'))).status).toBe('unknown')
})
