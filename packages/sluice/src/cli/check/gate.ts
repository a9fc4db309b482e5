import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { evidenceLines } from '../../checks/report/finding-text.ts'
import { SluiceError } from '../../errors.ts'
import type { Call } from '../call.ts'

const mostShown = 10

/**
 * Refuses a deploy of a folder whose sluice.yaml wants it ready first (`check.gate`), while a check of its tier fails or is
 * not known: by its files, and by what `sluice check --run --probe` tried on the very same files.
 * @throws NOT_READY, with the checks and what to do.
 */
export async function refuseUnready(call: Call, folder: string): Promise<void> {
  const text = await readFile(join(folder, 'sluice.yaml'), 'utf8').catch(() => '')
  // Before anything is loaded: most have no gate. What looks like one may be a comment or a text.
  if (!/\bgate["']?\s*:/.test(text)) return
  const { checked } = await import('./checked.ts')
  const { look, report } = await checked(call, folder, {})
  if (!look.settings.gate) return
  const blocking = report.findings.filter(({ isBlocking }) => isBlocking)
  if (blocking.length === 0) return
  const lines = blocking.flatMap((finding) => {
    const [first] = evidenceLines(finding)
    return [`${finding.id}  ${finding.title}: ${finding.says}${first === undefined ? '' : ` (${first})`}`]
  })
  const rest = lines.length - mostShown
  const count = blocking.length === 1 ? 'one check blocks' : `${blocking.length} checks block`
  throw new SluiceError(
    'NOT_READY',
    `${count} in tier ${look.settings.tier}, and check.gate in sluice.yaml lets nothing pass then`,
    {
      details: [...lines.slice(0, mostShown), ...(rest > 0 ? [`and ${rest} more`] : [])],
      todo: 'sluice check --run --probe tries what is not known, and says of each what to do.',
    },
  )
}
