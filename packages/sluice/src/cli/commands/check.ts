import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Tier } from '../../checks/check.ts'
import { allChecks } from '../../checks/index.ts'
import type { Look } from '../../checks/look/look.ts'
import { junit } from '../../checks/report/junit.ts'
import { markdown } from '../../checks/report/markdown.ts'
import { sarif } from '../../checks/report/sarif.ts'
import { scores } from '../../checks/report/score.ts'
import type { Report } from '../../checks/run-checks.ts'
import { SluiceError } from '../../errors.ts'
import { nearest } from '../../std/nearest.ts'
import { type Call, notice, print, printJson } from '../call.ts'
import { checked } from '../check/checked.ts'
import { fixed } from '../check/fixed.ts'
import { exitCode } from '../exit-code.ts'
import { addOptions } from '../options.ts'
import { ownVersion } from '../version.ts'
import { reportLines } from '../view/check.ts'

interface CheckOptions {
  run?: boolean
  probe?: boolean
  fix?: boolean
  tier?: Tier
  only?: string[]
  format?: 'table' | 'sarif' | 'junit' | 'markdown'
  output?: string
}

export function define(command: Command): void {
  command
    .argument('[folder]', 'the app; default: here')
    .option(
      '--run',
      'also run what the project declares: tests, lint, types, and scanners that are installed',
    )
    .option('--probe', 'also start a copy of the app on this machine alone, and try it')
    .addOption(new Option('--tier <tier>', 'instead of the one in sluice.yaml').choices(['A', 'B', 'C']))
    .option('--only <ids>', 'some checks, with commas between: APP-08,SEC-05', idsIn)
    .option('--fix', 'write what generators can write, then check again')
    .addOption(
      new Option('--format <name>', 'of the report')
        .choices(['table', 'sarif', 'junit', 'markdown'])
        .default('table'),
    )
    .option('-o, --output <file>', 'where the report is written; default: standard output')
  addOptions(command, 'env', 'json', 'home')
}

export async function run(call: Call, options: CheckOptions, [folder = '.']: string[]): Promise<number> {
  const root = resolve(call.io.cwd, folder)
  let { look, report } = await checked(call, root, options)
  if (options.fix === true && (await fixed(call, look, report)))
    ({ look, report } = await checked(call, root, options))
  tellProblems(call, look)
  await show(call, look, report, options)
  const blocking = report.findings.filter(({ isBlocking }) => isBlocking)
  if (blocking.length === 0) return exitCode.done
  return blocking.some(({ status }) => status === 'fail') ? exitCode.refused : exitCode.unproven
}

// What was left out of account, so that nobody wonders why a signature does not count.
function tellProblems(call: Call, { attestations, settings, configProblem }: Look): void {
  if (configProblem !== null) notice(call, configProblem)
  for (const problem of attestations.problems) notice(call, `${settings.attestations}: ${problem}`)
}

async function show(
  call: Call,
  look: Look,
  report: Report,
  { format = 'table', output }: CheckOptions,
): Promise<void> {
  if (call.isJson) {
    for (const finding of report.findings) printJson(call, { kind: 'finding', ...finding })
    for (const score of scores(report)) printJson(call, { kind: 'score', ...score })
    return
  }
  if (format === 'table' && output === undefined) {
    print(call, reportLines(report, titleOf(look), call.paint))
    return
  }
  const text = await textOf(look, report, format)
  if (output === undefined) call.io.out.write(text)
  else {
    await writeFile(resolve(call.io.cwd, output), text).catch((cause: Error) => {
      throw new SluiceError('USAGE', `${output} cannot be written: ${cause.message}`, { cause })
    })
    notice(call, `${output} written`)
  }
}

async function textOf(
  look: Look,
  report: Report,
  format: NonNullable<CheckOptions['format']>,
): Promise<string> {
  const { app, tier } = titleOf(look)
  switch (format) {
    case 'sarif':
      return sarif(report, { version: ownVersion(), fallbackFile: look.files.at('sluice.yaml') })
    case 'junit':
      return junit(report, app)
    case 'markdown':
      return markdown(report, { app, tier, treeHash: look.files.treeHash() })
    case 'table': {
      const { plain } = await import('../view/paint.ts')
      return `${reportLines(report, { app, tier }, plain).join('\n')}\n`
    }
  }
}

function titleOf({ app, config, settings }: Look): { app: string; tier: Tier } {
  return { app: config?.app ?? app.name, tier: settings.tier }
}

function idsIn(text: string): string[] {
  const known = allChecks().map(({ check }) => check.id)
  const ids = [...new Set(text.split(',').map((id) => id.trim().toUpperCase()))]
  const unknown = ids.find((id) => !known.includes(id))
  if (unknown === undefined) return ids
  const near = nearest(unknown, known)
  throw new InvalidArgumentError(
    `there is no check "${unknown}"${near === null ? '' : `; did you mean ${near}?`}`,
  )
}
