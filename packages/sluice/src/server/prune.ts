import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { firstTarget } from '../runtime/release-records.ts'
import type { Artifacts } from '../targets/target.ts'
import type { Control } from './control.ts'

/** Removes the files of releases beyond the newest `keep`, and of failed ones; never of one that serves or is kept for a way back. */
export async function prune(control: Control, app: string, keep: number): Promise<void> {
  const needed = neededReleases(control, app)
  const releases = await control.records.releases.list(app)
  const built = releases.filter((release) => release.state === 'built')
  const spare = built.slice(keep).filter((release) => !needed.has(release.release))
  for (const release of spare) {
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
