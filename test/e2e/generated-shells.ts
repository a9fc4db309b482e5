import { parse } from 'yaml'

type Fields = Record<string, unknown>

/** Every shell script that is in a file of a CI system, as the shell gets it. */
export function shellsIn(path: string, text: string): string[] {
  if (path.endsWith('Jenkinsfile')) return inGroovy(text)
  if (path.endsWith('codepipeline.yaml')) return inTemplate(parse(text))
  if (path.endsWith('dependabot.yml')) return []
  return inFields(parse(text))
}

// `sh` with one word, or with lines between three quotes.
function inGroovy(text: string): string[] {
  const scripts = [...text.matchAll(/^ *sh (?:'''([\s\S]*?)'''|'(.*)')$/gm)]
  const unescaped = (script: string) => script.replaceAll(/\\([\\'])/g, '$1')
  return scripts.map(([, lines, word]) => unescaped(lines ?? word ?? ''))
}

function inTemplate({ Resources }: { Resources: Record<string, Fields> }): string[] {
  const projects = Object.values(Resources).filter(({ Type }) => Type === 'AWS::CodeBuild::Project')
  return projects.flatMap(({ Properties }) => {
    const { Source } = Properties as { Source: { BuildSpec: string } }
    const { phases } = parse(Source.BuildSpec) as { phases: Record<string, { commands: string[] }> }
    return Object.values(phases).flatMap(({ commands }) => commands)
  })
}

// `run` and `command` of a step; the lines of GitLab's `script`.
function inFields(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(inFields)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, field]) => {
    if (['run', 'command'].includes(key) && typeof field === 'string') return [field]
    if (key === 'script' && Array.isArray(field)) return field as string[]
    return inFields(field)
  })
}
