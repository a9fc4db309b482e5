import { flag, probeOf } from '../../../generators/dockerfile/instructions.ts'
import { lastOf } from '../../../generators/dockerfile/reading.ts'
import { type Answer, fail, pass, unknown } from '../../check.ts'
import { imageFile } from '../../look/image-file.ts'
import { builtStages } from '../../look/image-stages.ts'
import type { Look } from '../../look/look.ts'

/** The HEALTHCHECK of the image; null where there is no Dockerfile. */
export function ofHealthCheck(look: Look): Answer | null {
  const image = imageFile(look)
  if (image === null) return null
  const { file } = image
  const stages = builtStages(image, look.config)
  const check = lastOf(stages, 'HEALTHCHECK')
  if (check === null || probeOf(check) === null)
    // Whoever runs it may probe it by manifests that are kept elsewhere.
    return unknown('nothing here asks it whether it is well: no HEALTHCHECK, no manifest, no sluice.yaml', [
      { says: 'no HEALTHCHECK', file, line: check?.line ?? stages.at(-1)?.from.line ?? 1 },
    ])
  const { line } = check
  const unfit = image.simulated.find(({ id, verdict }) => id === 'SIM-PROBE' && verdict === 'fail')
  if (unfit !== undefined) return fail(unfit.message, [{ says: unfit.message, file, line }])
  const [interval, timeout] = ['interval', 'timeout'].map((name) => secondsOf(flag(check, name)) ?? 30)
  // As long as the usual ones is no mistake: the next one begins when this one has ended.
  if (timeout! > interval!)
    return fail('its timeout is longer than its interval', [
      { says: `${timeout} s, ${interval} s`, file, line },
    ])
  const asked = /(?:127\.0\.0\.1|localhost|\[::1\]):(\d+)/.exec(check.text)?.[1]
  const ports = stages.flatMap(({ instructions }) =>
    instructions
      .filter(({ keyword }) => keyword === 'EXPOSE')
      .flatMap(({ text }) => text.match(/\d+|\$/g) ?? []),
  )
  if (asked !== undefined && ports.length > 0 && !ports.includes(asked) && !ports.includes('$'))
    return fail(`HEALTHCHECK asks port ${asked}, and EXPOSE is ${ports.join(', ')}`, [
      { says: `port ${asked}`, file, line },
    ])
  return pass('the image has a HEALTHCHECK', [{ says: 'HEALTHCHECK', file, line }])
}

/** Of Go's durations: `1m30s`. */
function secondsOf(text: string | null): number | null {
  const parts = [...(text ?? '').matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)]
  const seconds = { ms: 0.001, s: 1, m: 60, h: 3600 }
  if (parts.length === 0) return null
  return parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * seconds[unit as keyof typeof seconds],
    0,
  )
}
