import { expect, test } from 'vitest'
import { bucketOfUser, cookieOf, intervalOf, rendezvous, uidOf } from './sticky.ts'

const users = Array.from({ length: 20_000 }, (_, i) => `user-${i}`)

function candidateUsers(weight: number): Set<string> {
  const releases = [{ weight }, { weight: 10_000 - weight }]
  return new Set(users.filter((user) => intervalOf(bucketOfUser('rel42', user), releases) === 0))
}

test('raising the weight moves users only to the candidate, lowering it only back', () => {
  let before = candidateUsers(0)
  expect(before.size).toBe(0)
  for (const weight of [100, 500, 1_000, 2_500, 5_000, 10_000]) {
    const after = candidateUsers(weight)
    expect([...before].filter((user) => !after.has(user))).toEqual([])
    expect(after.size / users.length).toBeCloseTo(weight / 10_000, 2)
    before = after
  }
  expect(before.size).toBe(users.length)
})

test('a user is a candidate exactly when its bucket is below the weight', () => {
  expect(bucketOfUser('rel42', 'user-1')).toBe(851)
  expect(intervalOf(851, [{ weight: 852 }, { weight: 9_148 }])).toBe(0)
  expect(intervalOf(851, [{ weight: 851 }, { weight: 9_149 }])).toBe(1)
})

test('another rollout begins with other users', () => {
  const again = users.filter((user) => bucketOfUser('rel42', user) < 500 && bucketOfUser('rel43', user) < 500)
  expect(again.length).toBeLessThan(100)
})

test('of three releases the newest begins at 0, and its growth moves only the boundaries above', () => {
  const weights = [{ weight: 1_000 }, { weight: 2_000 }, { weight: 7_000 }]
  expect([999, 1_000, 2_999, 3_000, 9_999].map((bucket) => intervalOf(bucket, weights))).toEqual([
    0, 1, 1, 2, 2,
  ])
  expect(intervalOf(5, [{ weight: 0 }])).toBe(-1)
})

test('an instance that leaves moves only its own users', () => {
  const members = ['a', 'b', 'c', 'd'].map((id) => ({ id, weight: 1 }))
  const rest = members.filter(({ id }) => id !== 'c')
  const counts: Record<string, number> = {}
  for (const user of users) {
    const { id } = rendezvous(user, members)!
    counts[id] = (counts[id] ?? 0) + 1
    if (id !== 'c') expect(rendezvous(user, rest)!.id).toBe(id)
  }
  for (const count of Object.values(counts)) expect(count / users.length).toBeCloseTo(0.25, 1)
})

test('accepts only an id of its own making', () => {
  const uid = '0123456789abcdef0123456789abcdef'
  expect(uidOf(`a=1; sluice_uid=${uid}`)).toBe(uid)
  expect(uidOf(`sluice_uid=${uid}0`)).toBeNull()
  expect(uidOf(`xsluice_uid=${uid}`)).toBeNull()
  expect(uidOf(null)).toBeNull()
  expect(cookieOf('a=b=c', 'a')).toBe('b=c')
})
