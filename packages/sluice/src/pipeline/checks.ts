import type { AppFacts, VariablesRead } from '../detect/facts.ts'
import { goChecks } from './go-checks.ts'
import { job } from './job.ts'
import { nodeChecks } from './node-checks.ts'
import { newest, pins } from './pins.ts'
import type { Job } from './pipeline.ts'
import { pythonChecks } from './python-checks.ts'

/** What a check is made for. */
export interface CheckRequest {
  app: AppFacts
  variables: VariablesRead
  /** Whether nothing else will show that it can be built. */
  hasOwnBuild: boolean
}

/** Jobs that change nothing, and what an app has none for. */
export interface Checks {
  jobs: Job[]
  notes: string[]
}

/** Everything that an app itself can be asked: whatever its stack, no secret may lie in its history. */
export function checksOf(request: CheckRequest): Checks {
  const { jobs, notes } = ofStack(request)
  return { jobs: [...jobs, secretScan()], notes }
}

function ofStack({ app, ...rest }: CheckRequest): Checks {
  switch (app.stack) {
    case 'node':
      return nodeChecks({ app, ...rest })
    case 'go':
      return goChecks({ app, ...rest })
    case 'python':
      return pythonChecks({ app, ...rest })
    case 'static':
      return { jobs: [], notes: [] }
  }
}

// As a module of Go it comes with a checksum that everybody else sees too, whichever system runs it.
function secretScan(): Job {
  return job({
    id: 'secrets',
    title: 'No secret in the history',
    place: { kind: 'language', language: 'go', version: newest.go },
    checkout: 'history',
    steps: [
      {
        name: 'Search for secrets',
        folder: '.',
        script: `go run github.com/zricethezav/gitleaks/v8@v${pins.gitleaks} git --redact --verbose --no-banner .`,
      },
    ],
  })
}
