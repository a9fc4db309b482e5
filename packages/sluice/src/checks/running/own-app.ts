import { NotStarted, type RunningApp, type StartWith, type Trial } from './trial.ts'

/** An app of the check's own, for what may harm it; it is ended in any case. Throws NotStarted where it does not start. */
export async function withOwnApp<Result>(
  trial: Trial,
  options: StartWith,
  use: (app: RunningApp) => Promise<Result>,
): Promise<Result> {
  const outcome = await trial.start(options)
  if (!outcome.isReady) throw new NotStarted(outcome.why)
  try {
    return await use(outcome.app)
  } finally {
    if (outcome.app.isRunning()) await outcome.app.stop()
  }
}
