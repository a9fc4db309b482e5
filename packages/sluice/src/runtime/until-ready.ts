import { SluiceError } from '../errors.ts'
import type { ReleaseSpec, Target } from '../targets/target.ts'
import type { Clock } from './clock.ts'

/** From the end of the startup budget until the target must have said so. */
const slackMs = 2_000

/**
 * Waits for `count` ready instances, at most for the startup budget; then one is enough.
 * Throws START_FAILED, with what the target knows, when there is none.
 */
export async function untilReady(
  { target, clock }: { target: Pick<Target, 'observe' | 'changed'>; clock: Clock },
  { environment, spec, count }: { environment: string; spec: ReleaseSpec; count: number },
): Promise<void> {
  const deadline = clock.now() + spec.startup.periodMs * spec.startup.failures + slackMs
  for (;;) {
    const { version, releases } = await target.observe(environment)
    const known = releases[spec.release]
    const ready = known?.instances.filter((instance) => instance.state === 'ready').length ?? 0
    const leftMs = deadline - clock.now()
    if (ready >= count || (ready > 0 && leftMs <= 0)) return
    if (leftMs <= 0) throw notReady(spec, known?.facts.at(-1))
    await target.changed(environment, version, Math.min(leftMs, 1_000))
  }
}

function notReady(
  { release, environment }: ReleaseSpec,
  fact: { message: string; todo?: string; details: string[] } | undefined,
): SluiceError {
  const why = fact === undefined ? '' : `. ${fact.message}`
  return new SluiceError('START_FAILED', `no instance of ${release} became ready in ${environment}${why}`, {
    ...(fact?.todo === undefined ? {} : { todo: fact.todo }),
    details: fact?.details ?? [],
  })
}
