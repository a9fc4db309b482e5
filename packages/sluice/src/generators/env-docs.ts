import type { EnvSchema } from '../config/env-schema.ts'
import { traitsOf } from './env-example.ts'

/** A table of all variables, in Markdown. */
export function envDocs({ variables, required }: EnvSchema): string {
  const rows = [...variables].map(([name, declaration]) => {
    const { description = '', default: given } = declaration
    const wanted = traitsOf(declaration).filter((trait) => trait !== 'secret' && trait !== 'for the build')
    return [
      `\`${name}\``,
      description,
      wanted.join(', ') || 'text',
      required.has(name) ? 'yes' : 'no',
      given === undefined ? '' : `\`${given}\``,
      declaration['x-secret'] ? 'yes' : 'no',
      declaration['x-phase'],
    ]
  })
  const table = [
    ['variable', 'meaning', 'wanted', 'required', 'default', 'secret', 'phase'],
    ['---', '---', '---', '---', '---', '---', '---'],
    ...rows,
  ]
  return `${table.map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n')}\n`
}

function cell(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('\n', '<br>')
}
