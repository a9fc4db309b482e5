import type { Check } from '../check.ts'
import { envVariables } from './env-variables/env-variables.ts'
import { hardenedContainer } from './hardened-container.ts'
import { networkExposure } from './network-exposure.ts'
import { nodeLoss } from './node-loss.ts'
import { nonRootUser } from './non-root-user/non-root-user.ts'
import { probes } from './probes/probes.ts'
import { reproducibleImage } from './reproducible-image/reproducible-image.ts'
import { resourceLimits } from './resource-limits/resource-limits.ts'
import { scaling } from './scaling.ts'
import { separateStaging } from './separate-staging/separate-staging.ts'
import { smallImage } from './small-image.ts'
import { smoothRollout } from './smooth-rollout/smooth-rollout.ts'
import { tls } from './tls/tls.ts'

/** One line per check, by its file, in the order of the ids. */
export const infrastructure = {
  'reproducible-image': reproducibleImage,
  'env-variables': envVariables,
  'resource-limits': resourceLimits,
  scaling,
  tls,
  'non-root-user': nonRootUser,
  'hardened-container': hardenedContainer,
  'small-image': smallImage,
  probes,
  'node-loss': nodeLoss,
  'smooth-rollout': smoothRollout,
  'network-exposure': networkExposure,
  'separate-staging': separateStaging,
} satisfies Record<string, Check>
