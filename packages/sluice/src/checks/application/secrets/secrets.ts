import { setImmediate } from 'node:timers/promises'
import { secretOf } from '../../../generators/dockerfile/secret-name.ts'
import { type Answer, type Check, type Evidence, fail, pass, unknown, warn } from '../../check.ts'
import { ciFiles } from '../../look/ci-files.ts'
import type { Files } from '../../look/files.ts'
import { isForTests } from '../../look/for-tests.ts'
import type { HistoryEnd } from '../../look/history.ts'
import { imageFile } from '../../look/image-file.ts'
import { type Look, once } from '../../look/look.ts'
import { manifests } from '../../look/manifests.ts'
import { entriesOf, field } from '../../look/yaml-documents.ts'
import { type IsAllowed, openAllowed } from './allowed-places.ts'
import { isForeign, isSearched } from './searched-paths.ts'
import { isPlaceholder } from './secret-value.ts'
import { secretsIn } from './secrets-in.ts'
import { secretsInHistory } from './secrets-in-history.ts'
import { shown } from './shown-secret.ts'

const MOST_SHOWN = 10
/** Then others have their turn: what git has printed is read. */
const REST_AFTER_MS = 10

/**
 * APP-03. The files as they are now, and what the newest commits have brought in or taken out: a secret that no longer stands in
 * the files is still in the repository, and open to everyone who has it.
 */
export const secrets: Check = {
  id: 'APP-03',
  title: 'no secret stands in code or configuration, nor in what was committed lately',
  severity: 'critical',
  blocksFrom: 'C',
  passes: [['static']],
  fix: 'Take the value out, describe the variable in env.schema.yaml with x-secret, and give out a new value: the old one is known. What is no secret is marked by a comment on its line, "sluice: not a secret"; what only the history holds, and opens nothing any more, by a line "commit:file:rule:line" in .gitleaksignore.',
  tags: ['SecretsUsedInArgOrEnv', 'sensitiveConfigmapContent'],
  static: (look) => scan(look),
}

async function scan(look: Look): Promise<Answer> {
  const { files } = look
  const read = files.paths.filter(isSearched)
  // Both at once: another program reads the history.
  const standing = inFiles(look, read)
  const known = standing.then((all) => new Set(all.map(({ secret }) => secret)))
  const [{ found: earlier, end }, texts] = await Promise.all([inHistory(look, known), standing])
  const found = [
    ...texts.filter(({ isAllowed }) => !isAllowed).map(({ evidence }) => evidence),
    ...inImage(look),
    ...inConfigMaps(look),
    ...earlier,
  ]
  const more = found.length > 1 ? `, and ${found.length - 1} more` : ''
  if (found.length > 0) return fail(`${placed(found[0]!)}${more}`, found.slice(0, MOST_SHOWN))

  const evidence = [{ says: `${read.length} files were searched` }]
  if (end !== null && 'commits' in end) evidence.push({ says: `commits searched: ${end.commits}` })
  const nothing = `nothing that looks like a secret in ${read.length} files`
  if (files.unread.length > 0) return unknown(`not all was searched: ${files.unread[0]}`, evidence)
  switch (end?.kind) {
    case undefined:
      return pass(nothing, evidence)
    case 'none':
      return pass(`${nothing}; ${end.why}, so there is no history to search`, evidence)
    case 'whole':
      return pass(`${nothing}, nor in the newest commits (${end.commits})`, evidence)
    case 'shallow':
      return warn(
        `${nothing}, and only the newest commits were fetched (${end.commits}): git fetch --unshallow brings the others, in GitHub Actions fetch-depth: 0`,
        evidence,
      )
    case 'cut':
      return unknown(`not all of the history was searched: ${end.why}`, evidence)
  }
}

function placed({ says, file, line }: Evidence): string {
  return file === undefined ? says : `${says} (${file}:${line})`
}

async function inHistory(
  { files, history, now }: Look,
  known: Promise<ReadonlySet<string>>,
): Promise<{ found: Evidence[]; end: HistoryEnd | null }> {
  if (history === null) return { found: [], end: null }
  const { found, end } = await secretsInHistory(history, {
    now,
    known,
    isSearched: (path) => isSearched(path) && !isForeign(path),
    isAllowed: isAllowedIn(files),
  })
  // In no file as it is now, so that there is no line to point at.
  const evidence = found.map(({ name, secret, line, change: { way, commit, path } }) => ({
    says: `${name}, ${shown(secret)}, ${way} by commit ${commit.slice(0, 7)} (${files.at(path)}:${line}) and still in the history`,
  }))
  return { found: evidence, end }
}

async function inFiles(look: Look, paths: readonly string[]): Promise<InFile[]> {
  const { files, repositoryFiles, now } = look
  const found: InFile[] = []
  let rested = performance.now()
  for (const path of paths) {
    found.push(...inFile(files, path, now))
    if (performance.now() - rested < REST_AFTER_MS) continue
    await setImmediate()
    rested = performance.now()
  }
  if (files === repositoryFiles) return found
  return [...found, ...ciFiles(look).flatMap(({ path }) => inFile(repositoryFiles, path, now))]
}

const allowed = new WeakMap<Files, IsAllowed>()

function isAllowedIn(files: Files): IsAllowed {
  const known = allowed.get(files) ?? openAllowed(files)
  allowed.set(files, known)
  return known
}

interface InFile {
  secret: string
  isAllowed: boolean
  evidence: Evidence
}

function inFile(files: Files, path: string, now: number): InFile[] {
  const text = files.read(path)
  if (text === null || text === '') return []
  return secretsIn(path, text, now).map(({ name, line, secret }) => ({
    secret,
    isAllowed: isAllowedIn(files)({ path, line, secret }),
    evidence: { says: `${name}, ${shown(secret)}`, file: files.at(path), line },
  }))
}

function inImage(look: Look): Evidence[] {
  const image = imageFile(look)
  if (image === null) return []
  const path = look.config?.build.dockerfile ?? 'Dockerfile'
  const found = image.findings.filter(({ id, verdict }) => id === 'DF-13' && verdict === 'fail')
  return found
    .filter(({ line }) => !isAllowedIn(look.files)({ path, line, secret: '' }))
    .map(({ message, line }) => ({ says: message, file: image.file, line }))
}

const inConfigMaps = once((look: Look): Evidence[] =>
  manifests(look)
    .manifests.filter(({ kind, path }) => kind === 'ConfigMap' && !isForTests(path))
    .flatMap((manifest) =>
      entriesOf(field(manifest.value, 'data')).flatMap(([key, value]) => {
        const text = String(value)
        const line = manifest.lineOf(['data', key])
        const isSecret =
          secretOf(key, text) !== null && !isPlaceholder(text) && text.length >= 8 && !isPlain(text)
        return isSecret && !isAllowedIn(look.repositoryFiles)({ path: manifest.path, line, secret: text })
          ? [
              {
                says: `${key} stands in a ConfigMap, which everyone in the cluster may read`,
                file: manifest.file,
                line,
              },
            ]
          : []
      }),
    ),
)

// `PASSWORD_RESET: enabled`, a number, an address, or a name that Kubernetes gave something.
function isPlain(text: string): boolean {
  return (
    /\n/.test(text) ||
    /^(?:true|false|enabled|disabled|required|optional|[\d.]+[a-z]*|https?:\/\/.*|\/.*|[a-z]+(?:-[a-z]+)*)$/i.test(
      text,
    )
  )
}
