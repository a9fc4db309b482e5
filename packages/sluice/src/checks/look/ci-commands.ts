import { type CiFile, type CiSystem, ciFiles } from './ci-files.ts'
import { type Look, once } from './look.ts'
import { everyWorkflow } from './workflows.ts'
import { entriesOf, field, type YamlDocument, yamlDocuments } from './yaml-documents.ts'

/** A line that a CI system hands to a shell; what is continued by `\` is one line. */
export interface CiCommand {
  system: CiSystem
  file: string
  line: number
  text: string
}

/** Said by checks where there is nothing to read. */
export const NO_CI =
  'there is no file of a CI system in the repository, so what is run for a change cannot be read'

/** Keys under which commands stand, by system. */
const keys: { [K in CiSystem]?: readonly string[] } = {
  gitlab: ['script', 'before_script', 'after_script'],
  circleci: ['run', 'command'],
  codepipeline: ['commands'],
}

/** Every line of shell in the files of CI systems, without comments. */
export const ciCommands = once((look): CiCommand[] => [
  ...everyWorkflow(look).flatMap(({ document, jobs }) =>
    jobs.flatMap(({ steps }) =>
      steps.flatMap(({ run, at }) => (run === null ? [] : placed('github', document, [...at, 'run'], run))),
    ),
  ),
  ...ciFiles(look).flatMap((file) => [...commandsIn(file), ...inBuildSpecs(file, look)]),
])

function commandsIn({ system, file, text, document }: CiFile): CiCommand[] {
  if (system === 'jenkins') return logicalLines(text).map((one) => ({ system, file, ...one }))
  const wanted = keys[system] ?? []
  return document === null ? [] : scriptsIn(document, document.value, [], wanted, system)
}

/** What a project of CodeBuild has written into its template. */
function inBuildSpecs({ system, path, document }: CiFile, { repositoryFiles }: Look): CiCommand[] {
  if (system !== 'codepipeline' || document === null) return []
  return entriesOf(field(document.value, 'Resources')).flatMap(([id]) => {
    const at = ['Resources', id, 'Properties', 'Source', 'BuildSpec']
    const text = field(document.value, ...at)
    if (typeof text !== 'string') return []
    const above = document.lineOf(at)
    const { documents } = yamlDocuments({ ...repositoryFiles, read: () => text }, path)
    return documents
      .flatMap((one) => scriptsIn(one, one.value, [], keys.codepipeline ?? [], system))
      .map((command) => ({ ...command, line: above + command.line }))
  })
}

function scriptsIn(
  document: YamlDocument,
  value: unknown,
  at: (string | number)[],
  wanted: readonly string[],
  system: CiSystem,
): CiCommand[] {
  const entries = Array.isArray(value) ? [...value.entries()] : entriesOf(value)
  return entries.flatMap(([key, child]) => {
    const here = [...at, key]
    const isScript = here.findLast((one) => typeof one === 'string')
    if (typeof child === 'string')
      return wanted.includes(String(isScript)) ? placed(system, document, here, child) : []
    return scriptsIn(document, child, here, wanted, system)
  })
}

function placed(
  system: CiSystem,
  document: YamlDocument,
  at: (string | number)[],
  script: string,
): CiCommand[] {
  // A text with line breaks begins below its key.
  const first = document.lineOf(at) + (script.includes('\n') ? 1 : 0)
  return logicalLines(script).map(({ text, line }) => ({
    system,
    file: document.file,
    line: first + line - 1,
    text,
  }))
}

function logicalLines(script: string): { text: string; line: number }[] {
  const found: { text: string; line: number }[] = []
  let open: { text: string; line: number } | undefined
  for (const [index, raw] of script.split('\n').entries()) {
    const text = raw.trim()
    if (open === undefined && (text === '' || /^(?:#|\/\/|\*|\/\*)/.test(text))) continue
    open = { text: open === undefined ? text : `${open.text} ${text}`, line: open?.line ?? index + 1 }
    if (open.text.endsWith('\\')) {
      open.text = open.text.slice(0, -1).trimEnd()
      continue
    }
    found.push(open)
    open = undefined
  }
  return open === undefined ? found : [...found, open]
}
