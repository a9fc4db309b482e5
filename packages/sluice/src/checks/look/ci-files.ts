import { once } from './look.ts'
import { field, type YamlDocument, yamlDocuments } from './yaml-documents.ts'

export type CiSystem = 'github' | 'gitlab' | 'circleci' | 'jenkins' | 'codepipeline'

/** A file that tells a CI system what to do. */
export interface CiFile {
  system: CiSystem
  path: string
  /** For evidence. */
  file: string
  text: string
  /** Null for a Jenkinsfile, which is Groovy, and where it is not YAML. */
  document: YamlDocument | null
}

const places: { system: CiSystem; pattern: RegExp }[] = [
  { system: 'github', pattern: /^\.github\/workflows\/[^/]+\.ya?ml$/ },
  { system: 'gitlab', pattern: /(?:^|\/)\.gitlab-ci\.ya?ml$|^\.gitlab\/.*\.ya?ml$/ },
  { system: 'circleci', pattern: /^\.circleci\/[^/]+\.ya?ml$/ },
  { system: 'jenkins', pattern: /(?:^|\/)Jenkinsfile(?:\.[\w-]+)?$|\.jenkinsfile$/ },
  {
    system: 'codepipeline',
    pattern: /(?:^|\/)buildspec[\w.-]*\.ya?ml$|(?:^|\/)[\w.-]*pipeline[\w.-]*\.ya?ml$/i,
  },
]

/** What runs on a CI system, as the repository has it. */
export const ciFiles = once(({ repositoryFiles: files }): CiFile[] =>
  places.flatMap(({ system, pattern }) =>
    files.matching(pattern).flatMap((path): CiFile[] => {
      const text = files.read(path)
      if (text === null) return []
      const document = system === 'jenkins' ? null : (yamlDocuments(files, path).documents[0] ?? null)
      if (system === 'codepipeline' && !isAws(path, document)) return []
      return [{ system, path, file: files.at(path), text, document }]
    }),
  ),
)

function isAws(path: string, document: YamlDocument | null): boolean {
  if (/buildspec/.test(path)) return true
  const resources = field(document?.value, 'Resources')
  return JSON.stringify(resources ?? null).includes('"AWS::CodePipeline::Pipeline"')
}
