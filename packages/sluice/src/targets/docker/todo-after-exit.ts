import type { Exit } from '../fleet/body.ts'
import type { ReleaseSpec } from '../target.ts'

/** What may help after a container has ended in this way. */
export function todoAfterExit({ code, isOutOfMemory }: Exit, { container }: ReleaseSpec): string | undefined {
  if (isOutOfMemory === true) return 'Give it more memory (container.memory), or find the leak.'
  if (code === 126 || code === 127) {
    const what = container?.command?.join(' ') ?? "the image's own command"
    return `Is the command there, and may it be run by that user? The container runs ${what}.`
  }
  return undefined
}
