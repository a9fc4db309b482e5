import { expect, it } from 'vitest'
import { noIncidents, noteStable } from './incident.ts'

/** Ticks of five seconds with a thousand requests each, of which so many fail. */
function after(failures: number[]) {
  return failures.reduce(
    (incidents, x, i) => noteStable(incidents, { at: i * 5_000, n: 1_000, x }),
    noIncidents,
  )
}

const usual = Array.from({ length: 60 }, () => 10)

it('is on while stable fails more than three times as much as it used to, and over again afterwards', () => {
  expect(after(usual).since).toBeNull()
  expect(after([...usual, ...Array(6).fill(29)]).since).toBeNull()
  expect(after([...usual, 300]).since).toBe(300_000)
  expect(after([...usual, 300, 300]).since).toBe(300_000)
  expect(after([...usual, 300, ...Array(6).fill(10)]).since).toBeNull()
})

it('is not made of a few failures, nor of a service that never failed before and fails once', () => {
  const never = usual.map(() => 0)
  expect(after([...never, 9]).since).toBeNull()
  expect(after([...never, 10]).since).not.toBeNull()
})

it('is nothing that can be known in the first half minute', () => {
  expect(after([500, 500, 500]).since).toBeNull()
})
