import type { Check, Method } from './check.ts'
import { type GroupName, groups } from './index.ts'

const words: { [K in Method]: string } = {
  static: 'reading files',
  executed: '`--run`',
  probe: '`--probe`',
  platform: "a platform's stored reply",
  attested: 'a signature',
}

/** The reference page of the checks, in Markdown, made from the checks themselves. */
export function checksPage(): string {
  const names = Object.keys(groups) as GroupName[]
  return [
    '# Checks',
    '',
    'Made from the checks by `node scripts/generate-docs.ts`. How to use them: [ready for production](../guide/readiness.md).',
    '',
    '"Blocks from" is the least strict tier in which the check blocks: C blocks everywhere, A only there, and – never. "Proved by" says',
    'what has to have passed; where there are several ways, any of them is enough.',
    '',
    ...names.flatMap((name) => [
      `## ${name[0]!.toUpperCase()}${name.slice(1)}`,
      '',
      ...table(Object.values<Check>(groups[name])),
      '',
    ]),
  ].join('\n')
}

function table(checks: Check[]): string[] {
  const rows = checks.map(
    ({ id, title, severity, blocksFrom, passes, fix }) =>
      `| ${id} | ${cell(title)} | ${severity} | ${blocksFrom ?? '–'} | ${proof(passes)} | ${cell(fix)} |`,
  )
  return [
    '| id | what has to hold | severity | blocks from | proved by | what to do |',
    '|---|---|---|---|---|---|',
    ...rows,
  ]
}

function proof(passes: Check['passes']): string {
  return passes.map((methods) => methods.map((method) => words[method]).join(' and ')).join('; or ')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;')
}
