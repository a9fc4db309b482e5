import { type Reply, type RequestOptions, type RunningApp, type Trial, TrialOver } from './trial.ts'

/** One request: its answer, or why there is none. Throws TrialOver. */
export async function attempt(
  trial: Trial,
  app: RunningApp,
  path: string,
  options?: RequestOptions,
): Promise<Reply | { status: null; why: string }> {
  try {
    const reply = await trial.request(app, path, options)
    if (reply.status !== 429) return reply
  } catch (error) {
    if (error instanceof TrialOver) throw error
    const { code, message } = error as NodeJS.ErrnoException
    return { status: null, why: code ?? message }
  }
  // What a limit answers says nothing of what was asked for.
  throw new TrialOver(`the app takes no more requests (${path}: 429)`)
}
