import { expect, test } from 'vitest'
import { fitting, serviceName } from './service-name.ts'

test('is made of the environment and the instance', () => {
  expect(serviceName('shop/production', 'r7-0-3')).toBe('shop-production-r7-0-3')
})

test('is never longer than Swarm takes, and differs even so', () => {
  const long = 'a'.repeat(60)
  const names = [fitting(`${long}-r7-0-3`), fitting(`${long}-r7-0-4`)]
  expect(names.map(({ length }) => length)).toEqual([63, 63])
  expect(names[0]).not.toBe(names[1])
})
