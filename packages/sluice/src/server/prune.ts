import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isPreview } from '../config/preview-name.ts'
import type { ReleaseId } from '../core/release.ts'
import { firstTarget, type ReleaseRecord } from '../runtime/release-records.ts'
import type { Artifacts } from '../targets/target.ts'
import type { Control } from './control.ts'

/**
 * Removes the files of releases beyond the newest `keep`; never of one that serves or is kept for a way back. Those of
 * previews alone are not counted, and go as soon as nobody needs them.
 */
export async function prune(control: Control, app: string, keep: number): Promise<void> {
  const built = await builtReleases(control, app)
  const isOfPreviews = new Map<ReleaseRecord, boolean>()
  for (const release of built) {
    const places = await control.records.environments.deployedTo(app, release.release)
    isOfPreviews.set(release, places.length > 0 && places.every((id) => isPreview(id.slice(app.length + 1))))
  }
  const own = built.filter((release) => !isOfPreviews.get(release))
  const ofPreviews = built.filter((release) => isOfPreviews.get(release))
  await removeUnneeded(control, app, [...own.slice(keep), ...ofPreviews])
}

/** Removes the files of those releases that are deployed nowhere, after an environment that had them is gone. */
export async function pruneLeft(control: Control, app: string, left: ReleaseId[]): Promise<void> {
  const nowhere: ReleaseRecord[] = []
  for (const release of await builtReleases(control, app)) {
    if (!left.includes(release.release)) continue
    const places = await control.records.environments.deployedTo(app, release.release)
    if (places.length === 0) nowhere.push(release)
  }
  await removeUnneeded(control, app, nowhere)
}

async function builtReleases({ records }: Control, app: string): Promise<ReleaseRecord[]> {
  const releases = await records.releases.list(app)
  return releases.filter((release) => release.state === 'built')
}

async function removeUnneeded(control: Control, app: string, releases: ReleaseRecord[]): Promise<void> {
  const needed = neededReleases(control, app)
  for (const release of releases.filter((one) => !needed.has(one.release))) {
    await control.records.releases.finish(release, { state: 'pruned' })
    const artifacts = await control.outside.artifacts(release.facts.target ?? firstTarget)
    await removeAll(artifacts, dirname(release.folder))
  }
}

// With the copies that environments have of their own: `r7` and `r7-staging`.
async function removeAll(artifacts: Artifacts, folder: string): Promise<void> {
  const above = dirname(folder)
  const name = folder.slice(above.length + 1)
  const siblings = await readdir(above)
  for (const sibling of siblings) {
    if (sibling === name || sibling.startsWith(`${name}-`)) await artifacts.remove(join(above, sibling))
  }
}

function neededReleases(control: Control, app: string): Set<string> {
  const needed = new Set<string>()
  for (const { settings, state, rollout } of control.keepers.values()) {
    if (settings.app !== app) continue
    const parties = [state.stable, ...state.warm, rollout?.stable, rollout?.candidate]
    for (const party of parties) if (party !== null && party !== undefined) needed.add(party.release)
    const previous = state.promoted.filter((one) => one.leftAt === null).slice(-2)
    for (const { release } of previous) needed.add(release)
  }
  return needed
}
