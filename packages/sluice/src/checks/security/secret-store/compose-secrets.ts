import type { Look } from '../../look/look.ts'
import { merged, type Weighed } from '../../look/weighed.ts'
import { entriesOf, field, listOf, yamlDocuments } from '../../look/yaml-documents.ts'
import { literalSecret } from './literal-secret.ts'

const FOR_PRODUCTION =
  /(?:^|\/)(?:docker-)?(?:compose|stack)[.-](?:[\w-]*[.-])?(?:prod|production|live|staging|deploy|swarm)[\w.-]*\.ya?ml$|(?:^|\/)(?:docker-)?stack\.ya?ml$/i

/** Values in compose files that are for production by their names. */
export function composeSecrets({ files }: Look): Partial<Weighed> {
  return merged(
    ...files.matching(FOR_PRODUCTION).map((path): Partial<Weighed> => {
      const { documents, problem } = yamlDocuments(files, path)
      const file = files.at(path)
      if (problem !== null) return { open: [{ says: problem, file }] }
      const bad = documents.flatMap(({ value, lineOf }) =>
        entriesOf(field(value, 'services')).flatMap(([service, one]) =>
          variablesOf(field(one, 'environment')).flatMap(({ name, text, key }) => {
            const says = literalSecret(name, text)
            return says === null
              ? []
              : [{ says, file, line: lineOf(['services', service, 'environment', key]) }]
          }),
        ),
      )
      return bad.length > 0 ? { bad } : { good: [{ says: 'no secret among the variables', file }] }
    }),
  )
}

// A map, or a list of `NAME=value`. What has no value is taken from the machine.
function variablesOf(environment: unknown): { name: string; text: string; key: string | number }[] {
  const listed = listOf(environment).map((line, index) => {
    const [, name = '', text = ''] = /^([^=]*)=?([\s\S]*)$/.exec(String(line)) ?? []
    return { name, text, key: index }
  })
  return [
    ...entriesOf(environment).map(([name, text]) => ({ name, text: String(text ?? ''), key: name })),
    ...listed,
  ]
}
