/**
 * The images that a Dockerfile begins with, without those that only its arguments can tell, and without its own stages.
 */
export function baseImages(dockerfile: string): string[] {
  const lines = dockerfile.matchAll(/^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(\S+)(?:[ \t]+AS[ \t]+(\S+))?/gim)
  const stages = new Set(['scratch'])
  const bases = new Set<string>()
  for (const [, image, stage] of lines) {
    if (!image!.includes('$') && !stages.has(image!.toLowerCase())) bases.add(image!)
    if (stage !== undefined) stages.add(stage.toLowerCase())
  }
  return [...bases]
}
