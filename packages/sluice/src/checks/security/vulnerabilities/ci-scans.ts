import { type Answer, type Evidence, fail, pass, unknown, warn } from '../../check.ts'
import { type CiCommand, ciCommands, NO_CI } from '../../look/ci-commands.ts'
import { ciFiles } from '../../look/ci-files.ts'
import type { Look } from '../../look/look.ts'
import { workflows } from '../../look/workflows.ts'
import { entriesOf, field } from '../../look/yaml-documents.ts'

const COMMANDS =
  /\b(?:npm|pnpm|bun)\s+audit\b(?!\s+signatures)|\byarn\s+(?:npm\s+)?audit\b|\bgovulncheck\b|\bpip-audit\b|\bosv-scanner\b|\btrivy\b|\bgrype\b|\bsnyk\b|\bsafety\s+(?:check|scan)\b|\bdocker\s+scout\b|\bdependency-check\b|\baudit-ci\b|\bbetter-npm-audit\b|\bnancy\s+sleuth\b|\buv\s+audit\b/

/** Actions, templates, components and orbs. */
const REFERENCES =
  /aquasecurity\/trivy-action|anchore\/scan-action|osv-scanner(?:-action)?|dependency-review-action|snyk\/|govulncheck-action|gh-action-pip-audit|docker\/scout-action|Dependency-Scanning|Container-Scanning|dependency-scanning|container-scanning|\bdependencyCheck\b|\bgrypeScan\b/

/** The scan runs and nobody hears of it. */
const IGNORED = /\|\|\s*(?:true|:|exit\s+0|echo\b)|--exit-zero\b|--audit-level[= ]none\b/

/** Only to have it there is not to run it. */
const INSTALLS =
  /\b(?:go\s+install|npm\s+i(?:nstall)?|pip3?\s+install|pipx\s+install|uv\s+tool\s+install|apt(?:-get)?\s+(?:-\S+\s+)*install|apk\s+add|brew\s+install)\b[^&;|]*$/

/** Whether a step of CI scans what the app depends on. */
export function ciScans(look: Look): Answer {
  const files = ciFiles(look)
  if (files.length === 0) return unknown(NO_CI)
  const scans = [...scanningCommands(look), ...references(look)]
  const heard = scans.find(({ isHeard }) => isHeard)
  if (heard !== undefined) return pass('a step of CI scans what it depends on', [heard.evidence])
  if (scans.length > 0) return warn('a step of CI scans, and its result is thrown away', [scans[0]!.evidence])
  const called = calledElsewhere(look)
  if (called !== null)
    return unknown(`no step of CI scans, and what ${called.says} does cannot be read`, [called])
  return fail(
    'no step of CI scans what it depends on',
    files.map(({ file }) => ({ says: 'no such step', file })),
  )
}

interface Scan {
  evidence: Evidence
  isHeard: boolean
}

function scanningCommands(look: Look): Scan[] {
  const scripts = scriptsThatScan(look)
  return ciCommands(look)
    .filter(({ text }) => COMMANDS.test(text) || scripts.some((script) => script.test(text)))
    .filter(({ text }) => !INSTALLS.test(text))
    .map((command) => ({ evidence: shown(command), isHeard: !IGNORED.test(command.text) }))
}

/** Scripts of package.json and targets of a Makefile that scan, as CI calls them. */
function scriptsThatScan({ files, repositoryFiles }: Look): RegExp[] {
  const manifests = files === repositoryFiles ? [files] : [files, repositoryFiles]
  const scripts = manifests
    .flatMap((one) => entriesOf(field(objectIn(one.read('package.json')), 'scripts')))
    .filter(([, script]) => COMMANDS.test(String(script)))
    .map(([name]) => new RegExp(`\\b(?:npm|pnpm|yarn|bun)\\s+(?:run\\s+)?${escaped(name)}(?![\\w:-])`))
  const makefile = files.read('Makefile') ?? repositoryFiles.read('Makefile') ?? ''
  const targets = [...makefile.matchAll(/^([\w.-]+):[^\n=]*\n((?:\t[^\n]*\n?)+)/gm)]
    .filter(([, , recipe]) => COMMANDS.test(recipe!))
    .map(([, name]) => new RegExp(`\\bmake\\s+(?:[\\w=-]+\\s+)*${escaped(name!)}(?![\\w-])`))
  return [...scripts, ...targets]
}

function references(look: Look): Scan[] {
  return ciFiles(look).flatMap(({ text, file }) =>
    text.split('\n').flatMap((line, index): Scan[] => {
      const says = /^\s*(?:#|\/\/)/.test(line) ? undefined : REFERENCES.exec(line)?.[0]
      return says === undefined ? [] : [{ evidence: { says, file, line: index + 1 }, isHeard: true }]
    }),
  )
}

/** A pipeline of somebody else's that this one is made of. */
function calledElsewhere(look: Look): Evidence | null {
  for (const { file, document, jobs } of workflows(look).workflows) {
    const called = jobs.find(({ uses }) => uses !== null && !uses.startsWith('./'))
    if (called !== undefined)
      return { says: called.uses!, file, line: document.lineOf([...called.at, 'uses']) }
  }
  for (const { system, file, document } of ciFiles(look)) {
    const include = system === 'gitlab' ? [field(document?.value, 'include')].flat() : []
    if (include.some((one) => ['project', 'remote', 'component'].some((key) => field(one, key) !== null)))
      return { says: 'what is included', file, line: document?.lineOf(['include']) ?? 1 }
  }
  return null
}

function shown({ text, file, line }: CiCommand): Evidence {
  return { says: text.length > 100 ? `${text.slice(0, 100)}…` : text, file, line }
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}

function objectIn(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return null
  }
}
