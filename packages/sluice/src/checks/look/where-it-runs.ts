import { type Answer, type Evidence, unknown } from '../check.ts'
import { type Look, once } from './look.ts'
import { yamlDocuments } from './yaml-documents.ts'

/** One line of proof out of sluice.yaml; where the key is not there, the line of what it would stand in. */
export function inSluiceYaml(look: Look, says: string, at: readonly string[]): Evidence {
  const line = documentOf(look)?.lineOf(at)
  return { says, file: look.files.at('sluice.yaml'), ...(line === undefined ? {} : { line }) }
}

const documentOf = once(({ files }) => yamlDocuments(files, 'sluice.yaml').documents[0] ?? null)

/** What is answered where nothing in the repository says where users meet the app. */
export function nowhere({ config, configProblem }: Look): Answer {
  const why = config === null ? configProblem : 'none of the environments in sluice.yaml is called production'
  return unknown(
    `nothing here says where it runs in production: ${why}, and there are no Kubernetes manifests`,
  )
}
