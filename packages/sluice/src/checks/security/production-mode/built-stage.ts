import { type Stage, stageNamed } from '../../../generators/dockerfile/instructions.ts'
import { imageFile } from '../../look/image-file.ts'
import type { Look } from '../../look/look.ts'

/** The stage of the Dockerfile that becomes the image: the one that sluice.yaml names, or the last. Null without a Dockerfile. */
export function builtStage(look: Look): Stage | null {
  const stages = imageFile(look)?.parsed.stages ?? []
  const named = look.config?.build.stage ?? null
  return (named === null ? null : stageNamed(stages, named, stages.length)) ?? stages.at(-1) ?? null
}
