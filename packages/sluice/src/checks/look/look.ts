import type { CheckConfig, Config } from '../../config/config.ts'
import type { EnvSchema } from '../../config/env-schema.ts'
import type { Reason } from '../../core/rollout.ts'
import type { AppFacts, Project, Repository, VariablesRead } from '../../detect/facts.ts'
import type { Answer } from '../check.ts'
import type { Attestation } from './attestations.ts'
import type { Files } from './files.ts'
import type { History } from './history.ts'

/** What Sluice itself knows of an app that it has deployed: the newest first. */
export interface Operations {
  drills: { environment: string; at: number; isGreen: boolean; says: string }[]
  rollouts: {
    environment: string
    at: number
    kind: 'deploy' | 'rollback'
    isGreen: boolean
    /** Why it turned back; null where it did not. */
    turnedBackFor: Reason['kind'] | null
    says: string
  }[]
  /** Releases that are still built, by environment. */
  releases: { environment: string; kept: string[] }[]
}

/** A run of the same check on the very same files, earlier. */
export interface Recorded {
  at: number
  answers: Partial<Record<'executed' | 'probe', Answer>>
}

/** Everything that a check may look at. What is read is read once; nothing of it changes while checks run. */
export interface Look {
  /** Milliseconds since 1970. */
  now: number
  /** With files and folders as they are seen from its own, as `files` has them. */
  app: AppFacts
  /** The same app, as the project has it. */
  detected: AppFacts
  project: Project
  repository: Repository | null
  /**
   * The app's own files, with its code elsewhere: `../../internal/shop.go`. Files around its folder can be read by such a name
   * too, such as a lockfile. Evidence names files of the repository: `at` gives that name.
   */
  files: Files
  /** Those of the repository: the same, where the app is all that is in it. CI files are looked for here. */
  repositoryFiles: Files
  /** What was committed to the app's folder; null where nobody has handed it in. */
  history: History | null
  /** sluice.yaml; null where there is none, or where it is wrong. */
  config: Config | null
  /** Why there is no `config`, in a sentence. */
  configProblem: string | null
  schema: EnvSchema | null
  /** Those of sluice.yaml, or the defaults. */
  settings: CheckConfig
  /** Variables that the code reads. */
  variables(): Promise<VariablesRead>
  attestations: { valid: Attestation[]; problems: string[] }
  /** Null where no agent runs, or nothing was deployed. */
  operations: Operations | null
  /** By id of check. */
  records: Record<string, Recorded>
}

const derived = new WeakMap<Look, Map<unknown, unknown>>()

/**
 * Something that several checks make of the same look, made once: `const manifests = once((look) => …)`.
 */
export function once<Value>(make: (look: Look) => Value): (look: Look) => Value {
  return (look) => {
    const known = derived.get(look) ?? new Map<unknown, unknown>()
    derived.set(look, known)
    if (!known.has(make)) known.set(make, make(look))
    return known.get(make) as Value
  }
}
