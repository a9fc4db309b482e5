import { expect, it } from 'vitest'
import { hasAnchor, headingsOf } from './markdown-page.ts'

const page = `# Runbook of \`shop\`

## High error rate

Look.

\`\`\`sh
# no heading
\`\`\`

### What, & how?

## High error rate

<a name="by-hand"></a>
`

it('finds headings outside of code, with the anchors that a host gives them', () => {
  expect(headingsOf(page).map(({ anchor, line }) => `${anchor}:${line}`)).toEqual([
    ...['runbook-of-shop:1', 'high-error-rate:3', 'what--how:11', 'high-error-rate-1:13'],
  ])
})

it('gives a section what stands below it', () => {
  const [, section] = headingsOf(page)
  expect(section?.body).toContain('What, & how?')
  expect(section?.body).not.toContain('by-hand')
})

it('knows anchors that are written out', () => {
  expect([hasAnchor(page, 'by-hand'), hasAnchor(page, 'high-error-rate'), hasAnchor(page, 'low')]).toEqual([
    ...[true, true, false],
  ])
})
