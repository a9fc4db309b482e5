import { expect, it } from 'vitest'
import { containerName, volumeName } from './labels.ts'

it('names a container for where it belongs', () => {
  expect(containerName('shop/production', 'r7-0-3')).toBe('shop-production-r7-0-3')
})

it('names a volume for the folder that the app keeps', () => {
  expect(volumeName('shop/production', 'uploads')).toBe('shop_production_uploads')
})

it('never gives two folders one volume', () => {
  const names = [
    volumeName('shop/a-b', 'c'),
    volumeName('shop/a', 'b-c'),
    volumeName('shop-a/b', 'c'),
    volumeName('shop/a', 'x/y'),
    volumeName('shop/a', 'x-y'),
    volumeName('shop/a', 'x y'),
  ]
  expect(new Set(names).size).toBe(names.length)
  expect(names.every((name) => /^[a-zA-Z0-9][\w.-]+$/.test(name))).toBe(true)
})
