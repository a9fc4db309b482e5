import type { Survey } from '../survey.ts'
import { type Manifest, readManifest, textField } from './manifest.ts'
import { workspaceAt } from './workspaces.ts'

/** Folders of the packages of a workspace that a member depends on while it runs, and of those that these depend on. */
export async function packagesOf(
  survey: Survey,
  member: Manifest,
  above: { folder: string; manifest: Manifest | null },
): Promise<string[]> {
  const names = Object.keys(member.dependencies)
  if (names.length === 0) return []
  // Read once for all of its members.
  const packages = await survey.once(`packages of the workspace in ${above.folder}`, () =>
    packagesIn(survey, above),
  )
  const found = new Set<string>()
  for (const name of names) {
    const one = packages.get(name)
    if (one === undefined || found.has(one.folder)) continue
    found.add(one.folder)
    // What is added while it is gone through is gone through as well.
    names.push(...Object.keys(one.dependencies))
  }
  return [...found]
}

async function packagesIn(
  survey: Survey,
  { folder, manifest }: { folder: string; manifest: Manifest | null },
): Promise<Map<string, Manifest>> {
  const packages = new Map<string, Manifest>()
  for (const one of workspaceAt(survey, folder, manifest)?.folders ?? []) {
    const found = await readManifest(survey, one)
    const name = found === null ? null : textField(found.fields, 'name')
    if (found !== null && name !== null) packages.set(name, found)
  }
  return packages
}
