import type { NodeManager } from '../../../detect/facts.ts'
import type { Look } from '../../look/look.ts'

/** What a scanner has found. */
export interface ScanResult {
  /** `high` and `critical`, or, where there are no such words, what can and should be acted on. */
  serious: number
  minor: number
  /** Of packages or advisories; those that were seen. */
  names: string[]
}

export interface Scanner {
  command: string[]
  /** Null where it has not told. The middle of a long output is missing, so that only its parts are read. */
  read(run: { code: number; output: string }): ScanResult | null
}

/** The scanner that reads the app's own lockfile, or why there is none. */
export function scannerFor({ app, files }: Look): Scanner | { why: string } {
  switch (app.stack) {
    case 'node':
      return ofNode[app.packageManager.value]
    case 'go':
      return { command: ['govulncheck', './...'], read: readGovulncheck }
    case 'python': {
      const file = app.requirements ?? (files.exists('requirements.txt') ? 'requirements.txt' : null)
      if (file === null)
        return {
          why: `pip-audit does not read the lockfile of ${app.manager.value}: export requirements.txt from it`,
        }
      const options = [
        '--requirement',
        file,
        '--format',
        'json',
        '--desc',
        'off',
        '--progress-spinner',
        'off',
      ]
      return { command: ['pip-audit', ...options], read: readPipAudit }
    }
    case 'static':
      return { why: 'nothing is installed' }
  }
}

const ofNode: { [K in NodeManager]: Scanner } = {
  npm: { command: ['npm', 'audit', '--json', '--omit=dev'], read: readCounts },
  pnpm: { command: ['pnpm', 'audit', '--json', '--prod'], read: readCounts },
  'yarn-classic': { command: ['yarn', 'audit', '--json', '--groups', 'dependencies'], read: readCounts },
  'yarn-berry': {
    command: ['yarn', 'npm', 'audit', '--json', '--recursive', '--environment', 'production'],
    read: readSeverities,
  },
  bun: { command: ['bun', 'audit', '--json'], read: readSeverities },
}

/** npm, pnpm and the older yarn end with how many there are of each severity: `"vulnerabilities": {"info": 0, …}`. */
function readCounts({ output }: { output: string }): ScanResult | null {
  const counts = [...output.matchAll(/"vulnerabilities"\s*:\s*(\{\s*"(?:info|low)"\s*:[^{}]*\})/g)].at(
    -1,
  )?.[1]
  if (counts === undefined) return null
  const of = (severity: string) => Number(new RegExp(`"${severity}"\\s*:\\s*(\\d+)`).exec(counts)?.[1] ?? 0)
  // npm says `"name": …, "severity": …`; the others `"module_name"`.
  const names = [...output.matchAll(/"name"\s*:\s*"([^"]+)",\s*"severity"\s*:\s*"(?:high|critical)"/g)]
  const modules = [...output.matchAll(/"module_name"\s*:\s*"([^"]+)"/g)]
  return {
    serious: of('high') + of('critical'),
    minor: of('info') + of('low') + of('moderate'),
    names: [...names, ...modules].map(([, name]) => name!),
  }
}

/** Bun and the newer yarn name a severity with each advisory, and end with code 0 where there is none. */
function readSeverities({ code, output }: { code: number; output: string }): ScanResult | null {
  const found = [...output.matchAll(/"severity"\s*:\s*"(\w+)"/gi)].map(([, severity]) =>
    severity!.toLowerCase(),
  )
  if (found.length === 0) return code === 0 ? { serious: 0, minor: 0, names: [] } : null
  const serious = found.filter((severity) => severity === 'high' || severity === 'critical').length
  const names = [...output.matchAll(/"value"\s*:\s*"([^"]+)"/g)].map(([, name]) => name!)
  return { serious, minor: found.length - serious, names }
}

/** Ends with 3 where the code calls something vulnerable, with 0 where it does not (pkg.go.dev, govulncheck, "Exit codes"). */
function readGovulncheck({ code, output }: { code: number; output: string }): ScanResult | null {
  const names = [...output.matchAll(/\bGO-\d{4}-\d+\b/g)].map(([name]) => name)
  if (code === 0) return { serious: 0, minor: 0, names: [] }
  return code === 3 ? { serious: new Set(names).size || 1, minor: 0, names } : null
}

/** Ends with 1 for a finding and for any trouble of its own: only what it says of packages tells them apart. */
function readPipAudit({ code, output }: { code: number; output: string }): ScanResult | null {
  if (code === 0) return { serious: 0, minor: 0, names: [] }
  const fixes = [...output.matchAll(/"fix_versions"\s*:\s*\[([^\]]*)\]/g)].map(([, versions]) =>
    versions!.trim(),
  )
  if (fixes.length === 0) return null
  const serious = fixes.filter((versions) => versions !== '').length
  const names = [
    ...output.matchAll(/"name"\s*:\s*"([^"]+)",\s*"version"\s*:\s*"[^"]*",\s*"vulns"\s*:\s*\[\s*\{/g),
  ]
  return { serious, minor: fixes.length - serious, names: names.map(([, name]) => name!) }
}
