import type { Tier } from '../../checks/check.ts'
import type { Look } from '../../checks/look/look.ts'
import { openLook } from '../../checks/look/open-look.ts'
import { type Report, runChecks } from '../../checks/run-checks.ts'
import { openTrial } from '../../checks/running/open-trial.ts'
import type { EnvironmentConfig } from '../../config/config.ts'
import { environmentOf } from '../../config/environment.ts'
import { SluiceError } from '../../errors.ts'
import { type Call, notice } from '../call.ts'
import { projectCommands } from './execution.ts'
import { openHistory } from './git-history.ts'
import { operationsOf } from './operations.ts'
import { keepRecords, recordsFor } from './records.ts'
import type { OpenedStage } from './stage.ts'

export interface CheckRequest {
  run?: boolean
  probe?: boolean
  tier?: Tier
  only?: string[]
}

/**
 * Checks an app: by its files, by what was tried before on the very same files, and by what is asked to be tried now,
 * which is kept for the next time. Throws USAGE where there is no app, and what keeps it from being started.
 */
export async function checked(
  call: Call,
  root: string,
  request: CheckRequest,
): Promise<{ look: Look; report: Report }> {
  const seen = await openLook(root, {
    now: call.io.now(),
    history: (folder) => openHistory(folder, { env: call.io.env, signal: call.io.interrupt }),
    ...(request.tier === undefined ? {} : { tier: request.tier }),
  })
  const { files, app, config } = seen
  const now = call.io.now()
  const [records, operations] = await Promise.all([
    recordsFor(call.home, files.root, { treeHash: files.treeHash, now }),
    operationsOf(call.home, config?.app ?? app.name),
  ])
  const look: Look = { ...seen, records, operations }
  const report = await tried(call, look, request)
  if (Object.keys(report.tried).length > 0)
    await keepRecords(call.home, files.root, {
      treeHash: files.treeHash(),
      now,
      tried: report.tried,
      before: records,
    })
  return { look, report }
}

async function tried(call: Call, look: Look, { run, probe, only }: CheckRequest): Promise<Report> {
  const execution = run === true ? projectCommands(look.files.root, call.io.env, call.io.interrupt) : null
  const tell = (check: { id: string; title: string }) => progress(call, `${check.id}  ${check.title}`)
  const rest = { execution, tell, ...(only === undefined ? {} : { only }) }
  if (probe !== true) return runChecks(look, { ...rest, trial: null })

  const environment = environmentForTrial(look, call.environment)
  const { openStage } = await import('./stage.ts')
  progress(call, `a copy of the app is built and started, with the values of ${environment.name}`)
  const stage = await openStage(look, environment, {
    env: call.io.env,
    signal: call.io.interrupt,
  }).catch((error) => unbuilt(call, error))
  if (stage.madeUp.length > 0)
    notice(
      call,
      `nobody set ${stage.madeUp.join(', ')} for ${environment.name}: something was made up for the trial`,
    )
  const trial = openTrial(stage)
  try {
    return await runChecks(look, { ...rest, trial })
  } finally {
    await trial.close()
    await stage.close()
  }
}

// What can be said without the app is said all the same, and often says why it cannot be built.
function unbuilt(call: Call, error: unknown): OpenedStage {
  if (!(error instanceof SluiceError) || error.code !== 'BUILD_FAILED') throw error
  const last = error.details.slice(-5)
  notice(call, [`the app cannot be built: ${error.message}`, ...last.map((line) => `    ${line}`)].join('\n'))
  return {
    folder: '',
    madeUp: [],
    dependencies: [],
    plainEnv: {},
    start: async () => ({ isReady: false, ended: null, printed: [], afterMs: 0, why: 'it cannot be built' }),
    close: async () => {},
  }
}

/** The one that was named; else one that is meant for this, and only then what others use. */
function environmentForTrial({ config, configProblem }: Look, named: string | undefined): EnvironmentConfig {
  if (config === null) {
    throw new SluiceError('CONFIG_INVALID', `an app is started by its sluice.yaml, and ${configProblem}`, {
      todo: 'sluice init',
    })
  }
  if (named !== undefined) return environmentOf(config, named)
  const usual = ['check', 'test', 'development', 'local', 'staging'].find(
    (name) => name in config.environments,
  )
  return environmentOf(config, usual)
}

// On a terminal, and never in the report.
function progress(call: Call, text: string): void {
  if (call.io.err.terminal !== null) call.io.err.write(`  … ${text}\n`)
}
