import type { Reply, RequestOptions, RunningApp, Trial } from './trial.ts'

/** One request: its answer, or why there is none. Still throws where the bounds of the trial are reached, which says nothing of the app. */
export async function attempt(
  trial: Trial,
  app: RunningApp,
  path: string,
  options?: RequestOptions,
): Promise<Reply | { status: null; why: string }> {
  try {
    return await trial.request(app, path, options)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === undefined && !/was not answered within|was cut off|socket hang up/.test(message)) throw error
    return { status: null, why: code ?? message }
  }
}
