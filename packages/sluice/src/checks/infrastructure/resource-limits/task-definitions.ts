import { type Answer, fail, pass, unknown } from '../../check.ts'
import type { Look } from '../../look/look.ts'
import { field, listOf, yamlDocuments } from '../../look/yaml-documents.ts'

/** Limits in task definitions of ECS; jobs of Nomad are written in a language that is not read here. */
export function ofTaskDefinitions({ repositoryFiles: files }: Look): Answer | null {
  const tasks = files.matching(/(?:^|\/)[\w.-]*task[-_]?def[\w.-]*\.json$/i).flatMap((path) =>
    yamlDocuments(files, path).documents.flatMap((document) => {
      const containers = listOf(field(document.value, 'containerDefinitions'))
      if (containers.length === 0) return []
      // Of the task as a whole, as Fargate demands, or of each container.
      const isLimited = [document.value, ...containers].map(
        (one) => field(one, 'cpu') !== null && field(one, 'memory') !== null,
      )
      const line = document.lineOf(['containerDefinitions'])
      return [{ file: document.file, line, isLimited: isLimited[0]! || isLimited.slice(1).every(Boolean) }]
    }),
  )
  const [open] = tasks.filter(({ isLimited }) => !isLimited)
  const place = ({ file, line }: (typeof tasks)[number], says: string) => [{ says, file, line }]
  if (open !== undefined)
    return fail(`${open.file} has containers without cpu and memory`, place(open, 'no limits'))
  if (tasks.length > 0)
    return pass(`${tasks[0]!.file} limits cpu and memory`, place(tasks[0]!, 'cpu and memory'))
  const [job] = files.matching(/\.nomad(?:\.hcl)?$/)
  return job === undefined ? null : unknown(`${job} is HCL, which is not read here`)
}
