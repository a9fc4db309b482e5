import { secretOf } from '../../../generators/dockerfile/secret-name.ts'
import { type Answer, type Check, type Evidence, fail, pass, unknown } from '../../check.ts'
import { ciFiles } from '../../look/ci-files.ts'
import type { Files } from '../../look/files.ts'
import { isForTests } from '../../look/for-tests.ts'
import { imageFile } from '../../look/image-file.ts'
import { type Look, once } from '../../look/look.ts'
import { manifests } from '../../look/manifests.ts'
import { entriesOf, field } from '../../look/yaml-documents.ts'
import { type IsAllowed, openAllowed } from './allowed-places.ts'
import { isPlaceholder } from './secret-value.ts'
import { secretsIn } from './secrets-in.ts'

const MOST_SHOWN = 10

/** APP-03. The files as they are now: what was committed earlier and taken out again is not looked for. */
export const secrets: Check = {
  id: 'APP-03',
  title: 'no secret stands in code or configuration, as the files are now',
  severity: 'critical',
  blocksFrom: 'C',
  passes: [['static']],
  fix: 'Take the value out, describe the variable in env.schema.yaml with x-secret, and give out a new value: the old one is known. What is no secret is marked by a comment on its line, "sluice: not a secret".',
  tags: ['SecretsUsedInArgOrEnv', 'sensitiveConfigmapContent'],
  static: (look) => scan(look),
}

// Pictures, archives, what is locked or minified or recorded: large, and nobody writes a secret there by hand.
const skipped =
  /\.(?:png|jpe?g|gif|webp|avif|ico|svg|woff2?|ttf|otf|eot|mp[34]|webm|mov|pdf|zip|t?gz|br|zst|jar|wasm|so|node|exe|bin|dat|db|sqlite3?|parquet|csv|tsv|map|lock|lockb|snap|po|mo|min\.(?:js|css))$|(?:^|\/)(?:package-lock|npm-shrinkwrap)\.json$|(?:^|\/)(?:pnpm-lock\.yaml|go\.sum|\.secrets\.baseline|\.gitleaksignore)$/i

function scan(look: Look): Answer {
  const { files } = look
  const read = files.paths.filter((path) => !skipped.test(path))
  const found = [
    ...read.flatMap((path) => inFile(files, path, look.now)),
    ...(files === look.repositoryFiles
      ? []
      : ciFiles(look).flatMap(({ path }) => inFile(look.repositoryFiles, path, look.now))),
    ...inImage(look),
    ...inConfigMaps(look),
  ]
  if (found.length > 0) {
    const [first] = found
    const more = found.length > 1 ? `, and ${found.length - 1} more` : ''
    return fail(`${first!.says} (${first!.file}:${first!.line})${more}`, found.slice(0, MOST_SHOWN))
  }
  const evidence = [{ says: `${read.length} files were searched` }]
  if (files.unread.length > 0) return unknown(`not all was searched: ${files.unread[0]}`, evidence)
  return pass(`nothing that looks like a secret in ${read.length} files`, evidence)
}

const allowed = new WeakMap<Files, IsAllowed>()

function isAllowedIn(files: Files): IsAllowed {
  const known = allowed.get(files) ?? openAllowed(files)
  allowed.set(files, known)
  return known
}

function inFile(files: Files, path: string, now: number): Evidence[] {
  const text = files.read(path)
  if (text === null || text === '') return []
  return secretsIn(path, text, now)
    .filter(({ line, secret }) => !isAllowedIn(files)({ path, line, secret }))
    .map(({ name, line, secret }) => ({ says: `${name}, ${shown(secret)}`, file: files.at(path), line }))
}

// What all of a kind begin with.
const firstLetters =
  /^(?:A[KSBC][IC]A|gh[pousr]_|github_pat_|gl[a-z]+-(?=[\w-]{20})|xox[a-z]-|[rs]k_live_|whsec_|npm_|pypi-|sk-ant-|AIza|GOCSPX-|eyJ|-----BEGIN [A-Z ]+)/

// Enough to find it again, and too little to use it.
function shown(secret: string): string {
  const start = firstLetters.exec(secret)?.[0] ?? ''
  return `${start}*** of ${secret.length} characters`
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
