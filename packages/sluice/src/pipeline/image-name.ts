import type { PipelineRequest } from './plan-pipelines.ts'

/**
 * Where an image goes from a CI system that has no registry: as sluice.yaml has it, or else a first guess. A job adds
 * the name of an app that is not alone.
 */
export function imageNameOf({ app, registry, repository }: PipelineRequest): string {
  if (registry !== null) return app.folder === '.' ? `${registry}/${app.name}` : registry
  return `ghcr.io/${repository?.path.toLowerCase() ?? `owner/${app.name}`}`
}
