import { isPreview } from '../config/preview-name.ts'
import type { Rollout, RolloutKind } from '../core/rollout.ts'
import { SluiceError } from '../errors.ts'
import type { Control } from './control.ts'
import type { Intent } from './intent.ts'

/** What can be done about the rollout that is in the way of another one, the likeliest wish first. */
const waysOn: { [K in RolloutKind]: string } = {
  deploy: [
    'wait for it        sluice status --watch',
    'end it and go on   sluice deploy --supersede',
    'end it             sluice abort',
  ].join('\n'),
  rollback: ['go back from it    sluice abort', 'wait for it        sluice status --watch'].join('\n'),
  drill: 'wait for it        sluice status --watch',
}

/** Who started what, how far it is, and the ways on for who wanted to begin another one of this kind. */
export async function underWay(
  control: Control,
  rollout: Rollout,
  wanted: RolloutKind,
): Promise<SluiceError> {
  const record = await control.records.rollouts.find(rollout.id)
  const share = (rollout.asked?.weights[rollout.candidate.release] ?? 0) / 100
  const minutes = Math.round((control.clock.now() - rollout.startedAt) / 60_000)
  const since = minutes === 0 ? 'less than a minute ago' : `${minutes} min ago`
  return new SluiceError(
    'ROLLOUT_UNDER_WAY',
    `A rollout is under way: ${rollout.candidate.release} by ${rollout.strategy} at ${share} %, started ${since} by ${record?.startedBy ?? 'somebody'} (rollout ${rollout.id}).`,
    { todo: waysOn[wanted] },
  )
}

/** Two environments that answer to the same address would take turns with each other's users. */
export function refuseRouteConflict(control: Control, { environment }: Intent): void {
  const { host, path, id, name } = environment
  for (const keeper of control.keepers.values()) {
    const { route } = keeper.settings
    if (keeper.id === id || !keeper.state.isUp || route.pathPrefix !== path || !route.hosts.includes(host))
      continue
    throw new SluiceError('ROUTE_CONFLICT', `${host}${path} is the address of ${keeper.id} already.`, {
      todo: isPreview(name)
        ? 'Set preview.host in sluice.yaml to names that no other app has.'
        : `Give environments.${name} another host or path in sluice.yaml.`,
    })
  }
}

/** A rollout that cannot be written down is not begun. Makes sure first that the disk is still full. */
export async function refuseFullDisk(control: Control): Promise<void> {
  if (!control.store.isFull()) return
  await control.store.recover()
  if (!control.store.isFull()) return
  throw new SluiceError(
    'STORE_FULL',
    'The disk that holds SLUICE_HOME is full: a rollout could not be written down.',
    {
      todo: 'Make room there, then deploy again. What is running goes on.',
    },
  )
}
