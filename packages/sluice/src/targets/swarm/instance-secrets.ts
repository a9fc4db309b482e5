import { secretPath } from '../docker/container-options.ts'
import { LABELS, labelsOf } from '../docker/labels.ts'
import { resolveSecrets } from '../fleet/secrets.ts'
import type { ReleaseSpec } from '../target.ts'
import { createdOrFound } from './created-or-found.ts'
import { fitting, serviceName } from './service-name.ts'
import type { ServiceRequest } from './service-spec.ts'
import type { Swarm } from './swarm-api.ts'

const VARIABLE_LABEL = 'sluice.variable'

/** The variables of a release as an instance gets them where its secrets are files: each is replaced by NAME_FILE. */
export function withPointers(spec: ReleaseSpec): ReleaseSpec {
  if (spec.container?.secrets !== 'files') return spec
  const pairs = Object.entries(spec.env).map(([name, value]) =>
    typeof value === 'string' ? [name, value] : [`${name}_FILE`, secretPath(name)],
  )
  return { ...spec, env: Object.fromEntries(pairs) }
}

/**
 * Gives the swarm what an instance is to find in /run/secrets. An instance has secrets of its own: they are read when it
 * starts, and Swarm's cannot be changed. Throws SECRET_UNREADABLE, and then the swarm has none of them.
 */
export async function createSecrets(
  swarm: Pick<Swarm, 'create' | 'stored' | 'remove'>,
  { spec, instance, home }: Pick<ServiceRequest, 'spec' | 'instance' | 'home'>,
): Promise<ServiceRequest['secrets']> {
  if (spec.container?.secrets !== 'files') return []
  const wanted = Object.entries(spec.env).filter(([, value]) => typeof value !== 'string')
  const values = await resolveSecrets(Object.fromEntries(wanted))
  const labels = labelsOf({ home, ...spec, instance: instance.id, slot: instance.slot })
  const owner = {
    [LABELS.home]: home,
    [LABELS.environment]: spec.environment,
    [LABELS.instance]: instance.id,
  }
  try {
    const creating = Object.entries(values).map(async ([variable, value]) => {
      const name = fitting(`${serviceName(spec.environment, instance.id)}-${variable}`)
      const its = { ...labels, [VARIABLE_LABEL]: variable }
      const id = await createdOrFound(
        () => swarm.create('secrets', { name, labels: its, value }),
        async () => (await swarm.stored('secrets', owner)).find((one) => one.name === name)?.id ?? null,
      )
      return { variable, name, id }
    })
    const settled = await Promise.allSettled(creating)
    const failure = settled.find((result) => result.status === 'rejected')
    if (failure !== undefined) throw failure.reason
    return await Promise.all(creating)
  } catch (error) {
    await removeSecrets(swarm, owner).catch(() => {})
    throw error
  }
}

/** Removes secrets with these labels; one that a service still has stays. */
export async function removeSecrets(
  swarm: Pick<Swarm, 'stored' | 'remove'>,
  labels: Record<string, string>,
  isMeant: (instance: string) => boolean = () => true,
): Promise<void> {
  const found = (await swarm.stored('secrets', labels)).filter((one) =>
    isMeant(one.labels[LABELS.instance] ?? ''),
  )
  await Promise.allSettled(found.map(({ id }) => swarm.remove('secrets', id)))
}
