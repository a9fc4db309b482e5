import type { Ms } from '../../core/release.ts'

/** Since a start: `0.5 s`, `47.3 s`, `2:07`, `1:02:07`. */
export function elapsed(ms: number): string {
  const positive = Math.max(0, ms)
  if (positive < 59_950) return `${(positive / 1_000).toFixed(1)} s`
  const seconds = Math.floor(positive / 1_000)
  const [h, m, s] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60]
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

/** Of plans: `1.5 s`, `15 min`, `2 h`. */
export function roughly(ms: number): string {
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(1))} s`
  if (ms < 3_600_000) return `${Number((ms / 60_000).toFixed(1))} min`
  return `${Number((ms / 3_600_000).toFixed(1))} h`
}

/** `12:01:07`, in the reader's time zone. */
export function clock(at: Ms): string {
  const date = new Date(at)
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
}

/** `2026-11-22 12:01:07`, in the reader's time zone. */
export function dateAndClock(at: Ms): string {
  return `${day(at)} ${clock(at)}`
}

/** `12:01`, with the day where it is not today. */
export function shortTime(at: Ms, now: Ms): string {
  const time = clock(at).slice(0, 5)
  return day(at) === day(now) ? time : `${day(at)} ${time}`
}

/** `2026-11-22`, in the reader's time zone. */
export function day(at: Ms): string {
  const date = new Date(at)
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
