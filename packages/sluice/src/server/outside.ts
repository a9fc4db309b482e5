import type { Capabilities } from '../core/capabilities.ts'
import type { Router } from '../routers/router.ts'
import type { Artifacts, Target } from '../targets/target.ts'

/** What environments run on and are served by: the members of the families, by the names that `sluice.yaml` has. */
export interface Outside {
  /** What an environment with this target and this router can do. */
  can(of: { target: string; router: string }): Capabilities
  /** Opened when it is first asked for. Throws where it cannot be had now; the next call tries again. */
  target(name: string): Promise<Target>
  artifacts(name: string): Promise<Artifacts>
  /** Opened when it is first asked for. Throws where it cannot be had now; the next call tries again. */
  router(name: string): Promise<Router>
}
