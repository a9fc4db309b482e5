import type { ReleaseId } from '../release.ts'

/** Holds what was counted so long ago that its weight epoch is not told apart any more: nobody's evidence. */
export const forgottenEpoch = 0

/** `r8@3` is release r8 in weight epoch 3. */
export function partsOf(arm: string): { release: ReleaseId; epoch: number } {
  const at = arm.lastIndexOf('@')
  return { release: arm.slice(0, at), epoch: Number(arm.slice(at + 1)) }
}
