import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { comparePaired, conditions, type Side, tableOf } from './paired.ts'

// How long a person waits for the smallest answers, beside the least that any program on Node costs.

/** Two runs of each side per round: 20 in all. */
const ROUNDS = 10

const run = promisify(execFile)
const sluice = fileURLToPath(new URL('../packages/sluice/bin/sluice.js', import.meta.url))

if (!existsSync(sluice)) {
  console.error(`wanted ${sluice} to measure, and it is not there`)
  process.exit(1)
}

const home = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
try {
  const node = timed('node -e 0', ['-e', '0'])
  const version = timed('sluice --version', [sluice, '--version'])
  const status = timed('sluice status', [sluice, 'status'])
  const compared = [
    await comparePaired({ unit: 'ms', ours: version, peer: node, rounds: ROUNDS }),
    // The first, discarded run starts the agent where none runs; what is measured is the answer of one that runs.
    await comparePaired({ unit: 'ms', ours: status, peer: node, rounds: ROUNDS }),
  ]
  console.log(`${conditions(new Date())}\n\n${tableOf(compared)}`)
} finally {
  await command([sluice, 'down']).catch((error: Error) =>
    console.error(`the agent was not ended: ${error.message}`),
  )
  await rm(home, { recursive: true, force: true })
}

/** From the start of the program until it has ended, in milliseconds. A failing program fails the measurement. */
function timed(name: string, args: string[]): Side {
  return {
    name,
    async run() {
      const startedMs = performance.now()
      await command(args)
      return performance.now() - startedMs
    },
  }
}

async function command(args: string[]): Promise<void> {
  await run(process.execPath, args, { env: { ...process.env, SLUICE_HOME: home } })
}
