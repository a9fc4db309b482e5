import type { Event } from '../core/event.ts'
import { shrink } from './shrink.ts'
import type { SimReport } from './simulate.ts'

/** What went wrong, the simplest world that shows it, its shortest journal, and how to run it alone. */
export function explainFailure(found: SimReport): string {
  const { scenario, journal, wrongs } = shrink(found)
  return [
    `seed ${found.scenario.seed}: ${found.wrongs.join('; ')}`,
    `run it alone: SLUICE_SIM_SEED=${found.scenario.seed} SLUICE_SIM_WORLDS=1 npx vitest run --project unit simulate`,
    `the simplest world that shows it (${wrongs.join('; ')}):`,
    JSON.stringify(scenario),
    `its ${journal.length} events, up to the first wrong:`,
    ...journal.map(lineOf),
  ].join('\n')
}

function lineOf(event: Event): string {
  const { kind, at, ...rest } = event
  return `  ${at} ${kind} ${JSON.stringify(rest)}`
}
