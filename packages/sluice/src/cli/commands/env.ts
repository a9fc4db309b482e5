import { resolve } from 'node:path'
import type { Command } from 'commander'
import { memberAt } from '../../checks/look/member.ts'
import { readVariables } from '../../detect/variables/read-variables.ts'
import { SluiceError } from '../../errors.ts'
import { envDocs } from '../../generators/env-docs.ts'
import { envExample } from '../../generators/env-example.ts'
import { stamped, stateOf } from '../../generators/stamp.ts'
import { type Call, print, printJson } from '../call.ts'
import { type Comparison, compare } from '../env/compare.ts'
import { declaredIn } from '../env/declared.ts'
import { exitCode } from '../exit-code.ts'
import { readProjectFile, writeProjectFile } from '../init/project-file.ts'
import { addOptions } from '../options.ts'

interface EnvOptions {
  overwrite?: boolean
}

const EXAMPLE = '.env.example'

export function define(command: Command): void {
  command
    .argument(
      '<what>',
      'check: what the code reads and the schema does not know; sync: write .env.example; docs: a table',
    )
    .argument('[folder]', 'the app; default: here')
    .option('--overwrite', 'sync: also an .env.example that you have changed')
  addOptions(command, 'json')
}

export async function run(
  call: Call,
  options: EnvOptions,
  [what = '', folder = '.']: string[],
): Promise<number> {
  const root = resolve(call.io.cwd, folder)
  switch (what) {
    case 'check':
      return check(call, root)
    case 'sync':
      return sync(call, root, options)
    case 'docs':
      call.io.out.write(envDocs((await declaredIn(root)).schema))
      return exitCode.done
    default:
      throw new SluiceError('USAGE', `sluice env knows check, sync and docs; found "${what}"`, {
        todo: 'sluice env check',
      })
  }
}

async function check(call: Call, root: string): Promise<number> {
  const { schema, path } = await declaredIn(root)
  const found = compare(schema, await readVariables(root, { elsewhere: await codeElsewhere(root) }))
  const example = await readProjectFile(root, EXAMPLE)
  const isStale =
    example !== null && ['outdated', 'changed and outdated'].includes(stateOf(example, envExample(schema)))
  if (call.isJson) printJson(call, { kind: 'env', schema: path, ...found, isExampleStale: isStale })
  else print(call, lines(call, found, path))
  const problems = [
    ...(found.undeclared.length === 0
      ? []
      : [
          `the code reads ${named(found.undeclared.map(({ use }) => use.name))}, and ${path} does not know of it`,
        ]),
    ...(isStale ? [`${EXAMPLE} was made of another ${path}`] : []),
  ]
  if (problems.length === 0) return exitCode.done
  throw new SluiceError('ENV_UNDECLARED', problems.join('; '), {
    todo: `${found.undeclared.length > 0 ? `Declare it in ${path}. ` : ''}${isStale ? 'sluice env sync writes it anew.' : ''}`.trim(),
  })
}

async function codeElsewhere(root: string): Promise<string[]> {
  return (await memberAt(root))?.app.codeElsewhere ?? []
}

function lines({ paint }: Call, { undeclared, unused, dynamic, unread }: Comparison, path: string): string[] {
  const clean =
    undeclared.length + unused.length === 0
      ? [`${paint.green('✓')} the code and ${path} know the same variables`]
      : []
  return [
    ...clean,
    ...undeclared.map(({ use, near }) => {
      const [first, ...rest] = use.places
      const more = rest.length === 0 ? '' : ` and ${rest.length} more`
      const hint = near === null ? '' : `. ${near} is declared and not read: is it misspelt?`
      return `${paint.red('✗')} ${use.name} is read in ${first?.file}:${first?.line}${more}, and not declared${hint}`
    }),
    ...unused.map((name) => `${paint.yellow('!')} ${name} is declared, and read nowhere`),
    ...dynamic.map(
      ({ file, line, code }) =>
        `${paint.yellow('?')} ${file}:${line} reads by a name that cannot be told: ${code}`,
    ),
    ...unread.map(({ file, why }) => `${paint.yellow('?')} ${file} was not read: ${why}`),
  ]
}

function named(names: string[]): string {
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
}

async function sync(call: Call, root: string, { overwrite = false }: EnvOptions): Promise<number> {
  const { schema } = await declaredIn(root)
  const content = envExample(schema)
  const found = await readProjectFile(root, EXAMPLE)
  const state = found === null ? 'new' : stateOf(found, content)
  if (!overwrite && (state === 'own' || state === 'changed and outdated')) {
    throw new SluiceError(
      'OUT_OF_DATE',
      `${EXAMPLE} is ${state === 'own' ? 'not made by Sluice' : 'changed by hand'}, and is left as it is`,
      {
        todo: 'sluice env sync --overwrite writes it anew, or rename yours first.',
      },
    )
  }
  const isWritten = state !== 'same' && (state !== 'changed' || overwrite)
  if (isWritten) await writeProjectFile(root, { path: EXAMPLE, content: stamped(content) })
  if (call.isJson) printJson(call, { kind: 'file', path: EXAMPLE, state, isWritten })
  else
    print(call, [
      `${call.paint.green('✓')} ${EXAMPLE} ${isWritten ? 'written' : 'is in step with the schema'}`,
    ])
  return exitCode.done
}
