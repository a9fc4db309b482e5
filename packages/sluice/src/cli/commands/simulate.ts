import { type Command, InvalidArgumentError, Option } from 'commander'
import { strategyNames } from '../../core/strategies/index.ts'
import { parseShare } from '../../std/share.ts'
import { type Call, print, printJson } from '../call.ts'
import { exitCode } from '../exit-code.ts'
import { addOptions } from '../options.ts'
import { assumptionLines, simulationLines } from '../simulate/lines.ts'
import { type Regression, readRegression } from '../simulate/regression.ts'
import { type Rehearsing, type SimulateOptions, simulate } from '../simulate/simulate.ts'
import { wholeNumber } from '../whole-number.ts'

export function define(command: Command): void {
  command
    .addOption(
      new Option('-s, --strategy <name>', 'instead of the one in sluice.yaml').choices(strategyNames),
    )
    .option('--steps <shares>', "instead of the canary's own, watched as long in all: 10%,50%", shares)
    .option('--rps <number>', 'requests in a second; default: as in the last ten minutes', rate)
    .option('--baseline-error <share>', 'of requests that fail as it is; default: as lately, or 1%', share)
    .option(
      '--regression <change...>',
      'worse candidates: x2 (failures), +50% (the slowest answers); default: x1.5 x2 x5 x20',
      regressions,
    )
    .option('--runs <count>', 'rehearsals of each candidate', someRuns, 100)
    .option('--seed <number>', 'another one rehearses with other luck', wholeNumber, 1)
  addOptions(command, 'env', 'folder', 'json', 'home')
}

export async function run(call: Call, options: SimulateOptions): Promise<number> {
  let rehearsing: Rehearsing | undefined
  const simulation = await simulate(call, options, (told) => {
    rehearsing = told
    if (!call.isJson) print(call, assumptionLines(told, call.paint))
  })
  if (call.io.interrupt.aborted) return exitCode.interrupted
  if (call.isJson) printJson(call, { kind: 'simulation', ...rehearsing, ...simulation })
  else print(call, simulationLines(simulation, rehearsing!.strategy, call.paint))
  return exitCode.done
}

function rate(text: string): number {
  const value = /^\d{1,6}(\.\d{1,3})?$/.test(text) ? Number(text) : 0
  if (value > 0) return value
  throw new InvalidArgumentError('A number of requests above 0 is wanted, such as 50 or 0.5.')
}

function share(text: string): number {
  const basisPoints = parseShare(text) ?? 0
  if (basisPoints > 0 && basisPoints < 10_000) return basisPoints / 10_000
  throw new InvalidArgumentError('A share between 0.01% and 99.99% is wanted, such as 1%.')
}

function shares(text: string): number[] {
  const found = text.split(',').map((one) => parseShare(one) ?? 0)
  const isRising = found.every((share, index) => share > (found[index - 1] ?? 0) && share < 10_000)
  if (isRising) return found
  throw new InvalidArgumentError('Rising shares below 100% are wanted, such as 10%,25%,50%.')
}

function regressions(text: string, before: Regression[] | undefined): Regression[] {
  const found = readRegression(text)
  if (found !== null) return [...(before ?? []), found]
  throw new InvalidArgumentError(
    'Wanted is x2 (twice the failures) or +50% (the slowest answers take half as long again).',
  )
}

function someRuns(text: string): number {
  const count = wholeNumber(text)
  if (count >= 1 && count <= 10_000) return count
  throw new InvalidArgumentError('From 1 to 10000 are possible.')
}
