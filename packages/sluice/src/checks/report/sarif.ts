import type { Check } from '../check.ts'
import { allChecks } from '../index.ts'
import type { Report } from '../run-checks.ts'
import type { Finding } from '../settle.ts'

/** Where a finding is shown that has no place of its own. */
export interface SarifContext {
  version: string
  /** From the repository's folder: `sluice.yaml`. */
  fallbackFile: string
}

/**
 * The report as SARIF 2.1.0 (OASIS, sarif-v2.1.0-os), one result for each check that did not pass. What blocks is an error;
 * what is not known is a note, unless it blocks.
 */
export function sarif(
  { findings }: Pick<Report, 'findings'>,
  { version, fallbackFile }: SarifContext,
): string {
  const known = allChecks().filter(({ check }) => findings.some(({ id }) => id === check.id))
  const results = findings.flatMap((finding) => {
    const level = levelOf(finding)
    return level === null ? [] : [resultOf(finding, level, fallbackFile)]
  })
  const rules = known.map(({ group, check }) => ruleOf(check, group))
  const driver = { name: 'sluice check', version, semanticVersion: version, rules }
  const log = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver }, columnKind: 'utf16CodeUnits', results }],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

function levelOf({ status, isBlocking }: Finding): 'error' | 'warning' | 'note' | null {
  if (status === 'pass' || status === 'na') return null
  if (isBlocking) return 'error'
  return status === 'unknown' ? 'note' : 'warning'
}

function ruleOf({ id, title, fix, severity, tags = [] }: Check, group: string) {
  return {
    id,
    shortDescription: { text: title },
    help: { text: fix },
    properties: { tags: [group, severity, ...tags] },
  }
}

function resultOf(finding: Finding, level: string, fallbackFile: string) {
  const placed = finding.evidence.filter(({ file }) => file !== undefined)
  const places = placed.length === 0 ? [{ file: fallbackFile }] : placed
  return {
    ruleId: finding.id,
    level,
    message: { text: [`${finding.status}: ${finding.says}.`, finding.fix].join(' ') },
    locations: places.slice(0, 10).map(({ file, line }: { file?: string; line?: number }) => ({
      physicalLocation: {
        artifactLocation: { uri: file!.split('/').map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' },
        ...(line === undefined ? {} : { region: { startLine: line } }),
      },
    })),
    // The same finding in the next run, although lines have moved.
    partialFingerprints: { 'sluiceCheck/v1': `${finding.id}:${places[0]!.file}` },
  }
}
