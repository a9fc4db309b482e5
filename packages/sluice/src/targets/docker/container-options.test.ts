import { expect, it } from 'vitest'
import { portInside } from './container-options.ts'

it.each([
  ['run.port, over all else', 8080, [80], 8080],
  ['the one port that the image exposes', undefined, [80], 80],
  ['3000 where the image exposes none', undefined, [], 3000],
  ['3000 where the image exposes several', undefined, [80, 443], 3000],
])('lets an app listen on %s', (_, port, exposed, expected) => {
  expect(portInside(port === undefined ? {} : { port }, { exposed })).toBe(expected)
})
