import { type Answer, type Check, fail, pass, unknown, warn } from '../../check.ts'
import type { Execution, Run } from '../../execution.ts'
import type { Look } from '../../look/look.ts'
import { ciScans } from './ci-scans.ts'
import { type ScanResult, scannerFor } from './scanners.ts'

const TIMEOUT_MS = 180_000

/**
 * SEC-01. Only what the app depends on while it runs is scanned: tools of development are not where users are. `high` and
 * `critical` fail; a scanner that gives no severity (pip-audit) fails where there is a version without the finding, and
 * govulncheck where the code calls what is vulnerable. Proof is a clean scan and a step of CI that repeats it.
 */
export const vulnerabilities: Check = {
  id: 'SEC-01',
  title: 'dependencies are scanned for known vulnerabilities, and have none that is serious',
  severity: 'critical',
  blocksFrom: 'C',
  passes: [['static', 'executed']],
  fix: 'Upgrade what the scan names (`npm audit fix`, `go get -u`, `pip-audit --fix`), and run the same scan in CI.',
  fixedBy: ['ci'],
  tags: ['Vulnerabilities'],
  concerns: ({ app, files }) => {
    if (app.stack === 'static') return 'files are served as they are, and nothing is installed'
    if (app.stack === 'node' && !app.hasDependencies) return 'it depends on nothing'
    const hasNone = app.stack === 'python' && app.dependencies.length === 0 && app.lockfiles.length === 0
    return hasNone && !files.exists('requirements.txt') ? 'it depends on nothing' : null
  },
  static: ciScans,
  executed: scan,
}

async function scan(look: Look, execution: Execution): Promise<Answer> {
  const scanner = scannerFor(look)
  if ('why' in scanner) return unknown(scanner.why)
  const run = await execution.run(scanner.command, { timeoutMs: TIMEOUT_MS })
  const line = scanner.command.join(' ')
  if (run.code === null) return unknown(`${line} could not be run: ${run.why ?? 'it was ended'}`)
  const result = scanner.read(run as Run & { code: number })
  const evidence = [{ says: `${line}: exit code ${run.code}, ${saidOf(result)}` }]
  if (result === null) return unknown(`${line} did not tell: its database may be out of reach`, evidence)
  const { serious, minor } = result
  if (serious > 0) return fail(`serious vulnerabilities are known: ${serious} (${namesOf(result)})`, evidence)
  if (minor > 0) return warn(`vulnerabilities are known, none of them serious: ${minor}`, evidence)
  return pass('no vulnerability is known of what it depends on', evidence)
}

function saidOf(result: ScanResult | null): string {
  if (result === null) return 'and no result'
  return `${result.serious} serious, ${result.minor} other`
}

function namesOf({ names }: ScanResult): string {
  return names.length === 0 ? 'not named' : [...new Set(names)].slice(0, 5).join(', ')
}
