import { compareFences, type Fence } from '../../core/fence.ts'
import type { EnvironmentId } from '../../core/release.ts'
import { SluiceError } from '../../errors.ts'
import { LABELS } from '../docker/labels.ts'
import { fenced } from '../fleet/ledger.ts'
import { fitting } from './service-name.ts'
import type { StoredObject, Swarm } from './swarm-api.ts'

const FENCE_LABEL = 'sluice.fence'
/** How often others may come before us. */
const TRIES = 20

/**
 * The newest fence of each environment, kept in the swarm itself: a config named after the environment, whose label holds
 * it. It is changed only from the version that was read, so that of two control planes with one environment the older
 * lease is refused, whatever their own files say.
 */
export function swarmFences(
  swarm: Pick<Swarm, 'create' | 'stored' | 'relabel'>,
  home: () => Promise<string>,
): (environment: EnvironmentId, fence: Fence) => Promise<void> {
  return async (environment, fence) => {
    const labels = {
      [LABELS.environment]: environment,
      [LABELS.home]: await home(),
      [FENCE_LABEL]: shown(fence),
    }
    for (let tries = 0; tries < TRIES; tries++) {
      const known = await fenceOf(swarm, environment)
      if (known === null) {
        if (await isCreated(swarm, environment, labels)) return
        continue
      }
      refuse(environment, known, labels, fence)
      if (known.labels[FENCE_LABEL] === shown(fence)) return
      if (await swarm.relabel('configs', known, labels)) return
    }
    throw new SluiceError(
      'ENGINE_REFUSED',
      `the fence of ${environment} changed ${TRIES} times while it was to be set`,
    )
  }
}

async function fenceOf(
  swarm: Pick<Swarm, 'stored'>,
  environment: EnvironmentId,
): Promise<StoredObject | null> {
  const found = await swarm.stored('configs', { [LABELS.environment]: environment })
  return found.find(({ name }) => name === configName(environment)) ?? null
}

/** False where another one was faster. */
async function isCreated(
  swarm: Pick<Swarm, 'create'>,
  environment: EnvironmentId,
  labels: Record<string, string>,
): Promise<boolean> {
  const value = `The newest fence of ${environment} is in the label ${FENCE_LABEL}.`
  try {
    await swarm.create('configs', { name: configName(environment), labels, value })
    return true
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'NAME_TAKEN') return false
    throw error
  }
}

function refuse(
  environment: EnvironmentId,
  known: StoredObject,
  ours: Record<string, string>,
  fence: Fence,
): void {
  const newest = parsed(known.labels[FENCE_LABEL])
  // Leases of another home say nothing about ours.
  if (known.labels[LABELS.home] === ours[LABELS.home]) {
    if (compareFences(fence, newest) < 0) throw fenced(fence, newest)
    return
  }
  throw new SluiceError(
    'NAME_TAKEN',
    `${environment} of this swarm belongs to another SLUICE_HOME (${known.labels[LABELS.home]})`,
    {
      todo: `Give the app or the environment another name. If that home is gone for good: docker config rm ${known.name}`,
    },
  )
}

function configName(environment: EnvironmentId): string {
  return fitting(`sluice-fence-${environment.replace('/', '-')}`)
}

/** `3.17`: effect 17 of lease 3. */
function shown({ token, effect }: Fence): string {
  return `${token}.${effect}`
}

function parsed(label = ''): Fence {
  const [token = 0, effect = 0] = label.split('.').map(Number)
  return { token: token || 0, effect: effect || 0 }
}
