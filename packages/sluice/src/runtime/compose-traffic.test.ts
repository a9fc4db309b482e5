import { describe, expect, test } from 'vitest'
import type { Routing } from '../core/effect.ts'
import type { InstanceState, ReleaseObservation, TargetObservation } from '../targets/target.ts'
import { composeTraffic } from './compose-traffic.ts'
import { production, settingsOf } from './world.fixture.ts'

const even: Routing = {
  weightEpoch: 3,
  weights: { r1: 5_000, r2: 5_000 },
  keep: {},
  cut: [],
  hold: false,
  preview: null,
}

/** One instance per state and release; a port of its own for each. */
function seen(releases: Record<string, InstanceState[]>): TargetObservation {
  const found = Object.entries(releases).map(([release, states]) => {
    const instances = states.map((state, slot) => ({
      ...{ id: `${release}-${slot}`, release, slot, state, startedAt: 0, readyAt: 0, handle: '' },
      address: { host: '127.0.0.1', port: 1_000 + slot },
    }))
    const counts = { wanted: states.length, exitsBeforeReady: 0, exitsAfterReady: 0 }
    return [release, { ...counts, instances, facts: [] }] satisfies [string, ReleaseObservation]
  })
  return { version: 1, releases: Object.fromEntries(found) }
}

function composed(observation: TargetObservation, routing: Partial<Routing> = {}) {
  const settings = settingsOf().route
  const all = { environment: production, settings, salt: 's', routing: { ...even, ...routing } }
  return composeTraffic({ ...all, seen: observation })
}

function states(observation: TargetObservation, routing: Partial<Routing> = {}): Record<string, string[]> {
  const { releases } = composed(observation, routing)
  return Object.fromEntries(
    releases.map(({ release, instances }) => [release, instances.map(({ id, state }) => `${id} ${state}`)]),
  )
}

test('the routing is passed on as it is, with the addresses that the target knows', () => {
  const traffic = composed(seen({ r1: ['ready'] }), { preview: 'r1', hold: true })
  expect(traffic).toMatchObject({
    environment: production,
    weightEpoch: 3,
    weights: { r1: 5_000, r2: 5_000 },
    salt: 's',
    previewRelease: 'r1',
    hold: true,
    releases: [{ release: 'r1', instances: [{ id: 'r1-0', host: '127.0.0.1', port: 1_000 }] }],
  })
})

test('releases come newest first, r10 before r9', () => {
  const { releases } = composed(seen({ r9: [], r10: [], r2: [] }))
  expect(releases.map(({ release }) => release)).toEqual(['r10', 'r9', 'r2'])
})

describe('an instance', () => {
  test('serves when it is ready, is left out before, and finishes what it has when it stops', () => {
    expect(states(seen({ r1: ['ready', 'starting', 'exited', 'stopping'] }))).toEqual({
      r1: ['r1-0 serving', 'r1-3 draining'],
    })
  })

  test('that is not ready any more takes nothing new while another can', () => {
    expect(states(seen({ r1: ['ready', 'unready'] }))).toEqual({ r1: ['r1-0 serving', 'r1-1 draining'] })
  })

  test('that is not ready any more is better than none', () => {
    expect(states(seen({ r1: ['unready', 'starting'] }))).toEqual({ r1: ['r1-0 serving'] })
  })

  test('that is not ready any more is no resort for a release without a share', () => {
    expect(states(seen({ r3: ['unready'] }))).toEqual({ r3: ['r3-0 draining'] })
  })

  test('that is the last resort is not one that is to leave', () => {
    const leaving = { keep: { r1: 1 } }
    expect(states(seen({ r1: ['unready', 'ready'] }), leaving)).toEqual({
      r1: ['r1-0 serving', 'r1-1 draining'],
    })
  })

  test('beyond those that are kept drains, and closes once it is cut', () => {
    const all = seen({ r1: ['ready', 'ready', 'ready'] })
    expect(states(all, { keep: { r1: 1 } })).toEqual({
      r1: ['r1-0 serving', 'r1-1 draining', 'r1-2 draining'],
    })
    expect(states(all, { keep: { r1: 1 }, cut: ['r1'] })).toEqual({
      r1: ['r1-0 serving', 'r1-1 closing', 'r1-2 closing'],
    })
  })

  test('without an address is not told of', () => {
    const observation = seen({ r1: ['ready'] })
    observation.releases.r1!.instances[0]!.address = null
    expect(states(observation)).toEqual({ r1: [] })
  })
})
