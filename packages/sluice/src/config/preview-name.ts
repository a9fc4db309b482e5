/* Without imports: commands that only name a preview load no schema. */

/** What the names of previews begin with among the environments. */
export const previewPrefix = 'preview-'

/** What is left of the 40 characters that an environment's name may have. */
export const longestPreviewName = 40 - previewPrefix.length

/** Whether an environment of that name is a preview. */
export function isPreview(environment: string): boolean {
  return environment.startsWith(previewPrefix)
}

/** `pr-12` of `preview-pr-12`. */
export function previewNameIn(environment: string): string {
  return environment.slice(previewPrefix.length)
}
