import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isPreview, previewNameIn } from '../config/preview-name.ts'
import type { Ms } from '../core/release.ts'
import { SluiceError } from '../errors.ts'
import { repeat } from '../runtime/clock.ts'
import type { Keeper } from '../runtime/keeper.ts'
import type { Control } from './control.ts'
import type { Intent } from './intent.ts'
import { pruneLeft } from './prune.ts'

/** How often it is looked for previews whose time is over. */
const lookMs = 60_000
/** A deploy may begin a rollout just when the one before it has been ended; so often it is ended anew. */
const attempts = 5

/** When an environment is removed by itself; null where it is no preview. */
export async function removedAt({ records }: Control, { id, settings }: Keeper): Promise<Ms | null> {
  if (settings.keepMs === null) return null
  const newest = await records.environments.newestDeploy(id)
  return (newest ?? 0) + settings.keepMs
}

/** Throws TOO_MANY_PREVIEWS where one more would be more than `preview.limit`. */
export function refuseManyPreviews({ keepers }: Control, { config, environment }: Intent): void {
  if (!isPreview(environment.name) || keepers.has(environment.id)) return
  const others = [...keepers.values()].filter(
    ({ settings }) => settings.app === config.app && settings.keepMs !== null,
  )
  const { limit } = config.preview
  if (others.length < limit) return
  const names = others.map(({ settings }) => previewNameIn(settings.name))
  throw new SluiceError(
    'TOO_MANY_PREVIEWS',
    `${config.app} has ${others.length} previews, and preview.limit is ${limit}: ${names.join(', ')}`,
    { todo: `sluice preview remove --name ${names[0]}, or raise preview.limit in sluice.yaml` },
  )
}

/**
 * Ends everything of a preview, and forgets it with what it has written and the releases that only it had. A rollout of
 * it is undone first. Throws USAGE for an environment that is no preview.
 */
export async function removePreview(control: Control, keeper: Keeper, by: string): Promise<void> {
  const { id, settings } = keeper
  if (settings.keepMs === null) throw isNone(keeper)
  const known = control.removals.get(id)
  if (known !== undefined) return known
  const removing = removeNow(control, keeper, by)
  control.removals.set(id, removing)
  try {
    await removing
  } finally {
    control.removals.delete(id)
  }
}

async function removeNow(control: Control, keeper: Keeper, by: string): Promise<void> {
  const { id, settings } = keeper
  const preparation = control.preparations.take(id, by, true, 'removal')
  try {
    await takeDown(control, keeper, by)
    const releases = await control.records.environments.deployed(id)
    await control.forget(keeper)
    await rm(join(control.home.app(settings.app), 'data', settings.name), { recursive: true, force: true })
    await pruneLeft(control, settings.app, releases)
  } finally {
    preparation.end()
  }
}

async function takeDown({ clock }: Control, keeper: Keeper, by: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    if (keeper.rollout !== null) {
      await keeper.tell({ kind: 'aborted', at: clock.now(), by, why: 'the preview is removed' })
      await keeper.idle()
    }
    try {
      return await keeper.takeDown()
    } catch (error) {
      const isTaken = error instanceof SluiceError && error.code === 'ROLLOUT_UNDER_WAY'
      if (!isTaken || attempt === attempts) throw error
    }
  }
}

/** Removes previews whose time is over. Answers a function that ends this. */
export function removeOldPreviews(
  control: Control,
  onTrouble: (environment: string, error: unknown) => void,
): () => void {
  let isOver = false
  const end = repeat(control.clock, { everyMs: lookMs }, async () => {
    for (const keeper of [...control.keepers.values()]) {
      try {
        const at = await removedAt(control, keeper)
        if (at === null || at > control.clock.now() || keeper.rollout !== null) continue
        if (control.preparations.isTaken(keeper.id)) continue
        const entry = { at: control.clock.now(), by: 'sluice', environment: keeper.id, what: 'remove' }
        await control.records.audit(entry)
        await removePreview(control, keeper, entry.by)
      } catch (error) {
        // What is let go of under way is taken up again after the next start.
        if (!isOver) onTrouble(keeper.id, error)
      }
    }
  })
  return () => {
    isOver = true
    end()
  }
}

function isNone({ id, settings }: Keeper): SluiceError {
  return new SluiceError('USAGE', `${id} is no preview, and stays`, {
    todo: `It can be stopped: sluice down --app ${settings.app} --env ${settings.name}`,
  })
}
