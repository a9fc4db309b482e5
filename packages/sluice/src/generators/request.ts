import type { EnvSchema } from '../config/env-schema.ts'
import type { AppFacts, Repository, VariablesRead } from '../detect/facts.ts'

/** What every generator is given: facts, and what a person has chosen. */
export interface GeneratorRequest {
  app: AppFacts
  /** Where it is to run first. */
  target: 'process' | 'docker' | 'swarm'
  /** What its code reads. */
  variables: VariablesRead
  /** What the app's env schema says already; null where there is none yet. */
  schema: EnvSchema | null
  /** Where the project's repository is; null where nothing says. */
  repository: Repository | null
  /** Where the app's sluice.yaml keeps its images: `registry.example.com/team`; null where it names none. */
  registry: string | null
}
