import { posix } from 'node:path'
import { appName } from './app-name.ts'
import type { StaticFacts } from './facts.ts'
import type { Survey } from './survey.ts'

/** Files that are served as they are; null where there is no page to begin with. */
export function staticFacts(survey: Survey, folder: string): StaticFacts | null {
  const serves = ['.', 'public', 'dist', 'site'].find((one) =>
    survey.isFile(posix.join(folder, one, 'index.html')),
  )
  if (serves === undefined) return null
  const page = posix.join(folder, serves, 'index.html')
  const from = { file: page, line: 1, says: `there is ${posix.join(serves, 'index.html')}` }
  return {
    stack: 'static',
    name: appName(posix.basename(posix.join(survey.root, folder))),
    folder,
    workspaceRoot: null,
    because: from,
    framework: null,
    version: null,
    port: null,
    readsPort: false,
    start: null,
    health: { readiness: null, liveness: null },
    services: [],
    outputFolder: null,
    lockfiles: [],
    codeElsewhere: [],
    serves: { value: serves, from },
  }
}
