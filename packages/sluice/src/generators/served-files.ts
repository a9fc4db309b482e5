import type { AppFacts } from '../detect/facts.ts'
import { servedFolder, staticHealth } from './static-server.ts'

/** An app whose build makes files and nothing that serves them is served by the program that is made for static files. */
export function withServer(app: AppFacts): AppFacts {
  if (app.stack === 'static' || servedFolder(app) === null) return app
  const from = { file: 'serve.mjs', says: 'it serves what the build makes' }
  return {
    ...app,
    start: { value: ['node', 'serve.mjs'], from },
    port: { value: 3000, from },
    readsPort: true,
    health: {
      readiness: { value: staticHealth.readiness, from },
      liveness: { value: staticHealth.liveness, from },
    },
  }
}
