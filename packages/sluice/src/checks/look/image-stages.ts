import type { Config } from '../../config/config.ts'
import { type Stage, stageNamed } from '../../generators/dockerfile/instructions.ts'
import type { ImageFile } from './image-file.ts'

/** The stages that the image is made of: up to the one that sluice.yaml names, or all. */
export function builtStages({ parsed: { stages } }: ImageFile, config: Config | null): Stage[] {
  const name = config?.build.stage ?? null
  const last = name === null ? null : stageNamed(stages, name, stages.length)
  return last === null ? stages : stages.slice(0, last.index + 1)
}

/** The stage with which the last one begins, or that with which this one begins: its base is an image from elsewhere. */
export function firstStage(stages: readonly Stage[]): Stage | null {
  let stage = stages.at(-1) ?? null
  while (stage !== null) {
    const above = stageNamed(stages, stage.base, stage.index)
    if (above === null) return stage
    stage = above
  }
  return null
}
