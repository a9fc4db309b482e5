import type { CommonFacts } from '../../detect/facts.ts'
import { insidePath, joined } from './text.ts'

/** From where an image is built, and where the app is in it. */
export interface BuiltFrom {
  /** Seen from the project: the workspace above the app. Null: the app's own folder. */
  above: string | null
  /** The app's, seen from there; `.` for itself. */
  folder: string
}

export function builtFrom({
  folder,
  workspaceRoot,
}: Pick<CommonFacts, 'folder' | 'workspaceRoot'>): BuiltFrom {
  const own = insidePath(folder)
  const above = workspaceRoot === null ? own : insidePath(workspaceRoot)
  return above === own ? { above: null, folder: '.' } : { above, folder: below(own, above) }
}

/** What a person has to know of an image that is not built from the app's own folder. */
export function contextNotes({ above, folder }: BuiltFrom): string[] {
  if (above === null) return []
  const file = joined(folder, 'Dockerfile')
  return [
    `It is built of more than its own folder: its image is built from the folder ${above}, as in \`docker build --file ${joined(above, file)} ${above}\`; build.dockerfile of a sluice.yaml there is ${file}.`,
  ]
}

function below(path: string, above: string): string {
  return above !== '.' && path.startsWith(`${above}/`) ? path.slice(above.length + 1) : path
}
