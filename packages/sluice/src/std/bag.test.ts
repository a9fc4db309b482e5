import { expect, test } from 'vitest'
import { Bag, type Bagged } from './bag.ts'

const member = (name: string): Bagged & { name: string } => ({ name, place: -1 })
const names = (bag: Bag<ReturnType<typeof member>>) => [...bag].map(({ name }) => name).sort()

test('holds who was added and not yet removed, whoever leaves first', () => {
  const bag = new Bag<ReturnType<typeof member>>()
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(member) as [never, never, never, never]
  for (const one of [a, b, c, d]) bag.add(one)
  bag.remove(b)
  bag.remove(d)
  expect(names(bag)).toEqual(['a', 'c'])
  bag.remove(a)
  bag.add(b)
  bag.remove(c)
  expect(names(bag)).toEqual(['b'])
  expect(bag.size).toBe(1)
})

test('who is gone through meets everybody, though each leaves when it is met', () => {
  const bag = new Bag<ReturnType<typeof member>>()
  for (const name of ['a', 'b', 'c']) bag.add(member(name))
  const met: string[] = []
  for (const one of bag) {
    met.push(one.name)
    bag.remove(one)
  }
  expect(met).toEqual(['a', 'b', 'c'])
  expect(bag.size).toBe(0)
})
