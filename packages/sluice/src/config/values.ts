import { z } from 'zod'
import { DURATION_PATTERN, formatDuration, parseDuration } from '../std/duration.ts'
import { parseShare, SHARE_PATTERN } from '../std/share.ts'
import { parseSize, SIZE_PATTERN } from '../std/size.ts'

/*
 * The kinds of values that sluice.yaml is made of. The `error` of each says what is wanted, as a noun phrase that
 * `problems.ts` completes with what was found; its `title` is the name of the type in the reference page.
 */

export const second = 1_000
export const hour = 3_600_000
export const day = 24 * hour

/** Names become part of host names: no two hyphens in a row, because `preview--` in front marks the preview address. */
export const NAME = /^(?=.{1,40}$)[a-z](?:-?[a-z0-9])*$/

/** A path below the app's own folder. */
export const INSIDE = /^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))(?!\.?\/?$)[^\0\\]+$/

/** A reference as `docker pull` takes it: a name with an optional registry, tag and digest. */
export const IMAGE =
  /^(?=.{1,500}$)(?:[\w.-]+(?::\d+)?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[\w][\w.-]{0,127})?(?:@sha256:[a-f0-9]{64})?$/

/** A map of known keys. Written with nothing below it (all lines commented out), it is empty rather than wrong. */
export function section<Shape extends z.ZodRawShape>(shape: Shape, error = 'a map of keys') {
  return z.preprocess(emptyWhenNull, z.strictObject(shape, { error }))
}

/** See `section`. */
export function emptyWhenNull(value: unknown): unknown {
  return value === null ? {} : value
}

/** Milliseconds. Always with a unit: a reader cannot tell whether a bare 30 is meant in seconds. */
export function duration(least: number, most: number) {
  const wanted = `a duration from ${formatDuration(least)} to ${formatDuration(most)}, such as 500ms, 30s or 1h30m`
  return z
    .string({ error: wanted })
    .regex(DURATION_PATTERN, { error: wanted })
    .meta({ title: 'duration' })
    .transform((text) => parseDuration(text) ?? Number.NaN)
    .refine((ms) => ms >= least && ms <= most, { error: wanted, params: { wanted } })
}

/** A whole number within bounds. */
export function whole(least: number, most: number) {
  const error = `a whole number from ${least} to ${most}`
  return z.int({ error }).min(least, { error }).max(most, { error }).meta({ title: 'whole number' })
}

/** Basis points, of a share between nothing and everything. */
export function share() {
  const wanted = 'a share between 0% and 100%, such as 5% or 12.5%'
  return z
    .string({ error: wanted })
    .regex(SHARE_PATTERN, { error: wanted })
    .meta({ title: 'share' })
    .transform((text) => parseShare(text) ?? Number.NaN)
    .refine((points) => points > 0 && points < 10_000, { error: wanted, params: { wanted } })
}

/** So many instances, or a share of them; where `least` is 1, not none. */
export function amount(least: 0 | 1) {
  const wanted = 'a number of instances such as 2, or a share of them such as 25%'
  const count = z
    .int({ error: wanted })
    .min(least, { error: wanted })
    .max(100, { error: wanted })
    .transform((value) => ({ count: value }))
  const part = z
    .string({ error: wanted })
    .regex(SHARE_PATTERN, { error: wanted })
    .transform((text) => ({ basisPoints: parseShare(text) ?? Number.NaN }))
    .refine(({ basisPoints }) => basisPoints >= least, { error: wanted, params: { wanted } })
  return z.union([count, part], { error: wanted }).meta({ title: 'count or share' })
}

/** Bytes. */
export function size() {
  const wanted = 'a size such as 500kb or 10mb'
  return z
    .string({ error: wanted })
    .regex(SIZE_PATTERN, { error: wanted })
    .meta({ title: 'size' })
    .transform((text) => parseSize(text) ?? Number.NaN)
}

/** Yes or no. */
export function yesNo() {
  return z.boolean({ error: 'true or false' }).meta({ title: 'true or false' })
}

/** Text of a given form. */
export function text(title: string, pattern: RegExp, error: string) {
  return z.string({ error }).regex(pattern, { error }).meta({ title })
}

/** Of an app or an environment. */
export function name() {
  return text(
    'name',
    NAME,
    'a name of 1 to 40 lower-case letters, digits and single hyphens, starting with a letter',
  )
}

/** One of a few words. */
export function oneOf<const Name extends string>(names: readonly Name[]) {
  return z.enum(names, { error: names.length === 1 ? `"${names[0]}"` : `one of ${names.join(', ')}` })
}

/** A shell command line, or an argument vector that runs without a shell. */
export function command() {
  const error = 'a command line such as "node server.js", or a list of its words'
  const word = z.string({ error }).min(1, { error })
  const line = z.string({ error }).regex(/\S/, { error })
  return z.union([line, z.array(word, { error }).min(1, { error })], { error }).meta({ title: 'command' })
}

/** Commands that run one after another, each within its own time. */
export function commands() {
  const error = 'a list of commands'
  const timed = z.strictObject({
    command: command().describe('The command line, or a list of its words.'),
    timeout: duration(100, day)
      .prefault('5m')
      .describe('How long it may take; then it is ended and counts as failed.'),
  })
  const untimed = command().transform((line) => ({ command: line, timeout: 300_000 }))
  const one = z.union([untimed, timed], { error: 'a command, or a map of command and timeout' })
  return z.array(one, { error }).max(50, { error: 'at most 50 commands' }).meta({ title: 'list of commands' })
}
