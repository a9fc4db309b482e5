import type { AppFacts } from '../../detect/facts.ts'

/** Whether all that the app does is to hand out files, so that it has no code that could count or trace its requests. */
export function servesFiles(app: AppFacts): boolean {
  return app.stack === 'static' || (app.stack === 'node' && app.servesFiles)
}
