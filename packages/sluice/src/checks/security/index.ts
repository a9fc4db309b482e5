import type { Check } from '../check.ts'
import { accessControl } from './access-control/access-control.ts'
import { branchProtection } from './branch-protection/branch-protection.ts'
import { ciPermissions } from './ci-permissions.ts'
import { ciPins } from './ci-pins/ci-pins.ts'
import { cloudKeys } from './cloud-keys.ts'
import { crossOrigin } from './cross-origin.ts'
import { dangerousWorkflows } from './dangerous-workflows/dangerous-workflows.ts'
import { dependencyUpdates } from './dependency-updates/dependency-updates.ts'
import { productionMode } from './production-mode/production-mode.ts'
import { provenance } from './provenance.ts'
import { rateLimit } from './rate-limit/rate-limit.ts'
import { secretStore } from './secret-store/secret-store.ts'
import { securityHeaders } from './security-headers/security-headers.ts'
import { vulnerabilities } from './vulnerabilities/vulnerabilities.ts'

/** One line per check, by its file, in the order of the ids. */
export const security = {
  vulnerabilities,
  'cross-origin': crossOrigin,
  'rate-limit': rateLimit,
  'access-control': accessControl,
  'security-headers': securityHeaders,
  'secret-store': secretStore,
  'production-mode': productionMode,
  'ci-permissions': ciPermissions,
  'ci-pins': ciPins,
  'dangerous-workflows': dangerousWorkflows,
  'cloud-keys': cloudKeys,
  'dependency-updates': dependencyUpdates,
  'branch-protection': branchProtection,
  provenance,
} satisfies Record<string, Check>
