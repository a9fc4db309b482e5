import { beforeEach, expect, test } from 'vitest'
import { SluiceError } from '../../errors.ts'
import type { StoredObject } from './swarm-api.ts'
import { swarmFences } from './swarm-fence.ts'

let kept: StoredObject[]
/** Called before each change, so that somebody else can come first. */
let meanwhile: () => void

/** The configs of a swarm, as far as fences need them. */
const swarm = {
  async create(_: string, { name, labels }: { name: string; labels: Record<string, string> }) {
    meanwhile()
    if (kept.some((one) => one.name === name)) throw new SluiceError('NAME_TAKEN', name)
    kept.push({ id: name, name, labels, version: 1 })
    return name
  },
  async stored() {
    return kept.map((one) => ({ ...one }))
  },
  async relabel(_: string, known: StoredObject, labels: Record<string, string>) {
    meanwhile()
    const one = kept.find(({ id }) => id === known.id)
    if (one === undefined || one.version !== known.version) return false
    Object.assign(one, { labels, version: one.version + 1 })
    return true
  },
}

const of = (home: string) => swarmFences(swarm, async () => home)
const set = (fence: string, home = 'a') => {
  kept = [
    {
      id: 'x',
      name: 'sluice-fence-shop-production',
      labels: { 'sluice.fence': fence, 'sluice.home': home },
      version: 9,
    },
  ]
}

beforeEach(() => {
  kept = []
  meanwhile = () => {}
})

test('keeps the newest fence of an environment', async () => {
  const accept = of('a')
  await accept('shop/production', { token: 1, effect: 9 })
  await accept('shop/production', { token: 1, effect: 10 })
  expect(kept).toMatchObject([{ name: 'sluice-fence-shop-production', labels: { 'sluice.fence': '1.10' } }])
})

test('refuses an older lease whatever number its effect has', async () => {
  set('3.1')
  await expect(of('a')('shop/production', { token: 2, effect: 99 })).rejects.toMatchObject({ code: 'FENCED' })
})

test('changes nothing for a fence that it has seen', async () => {
  set('3.1')
  await of('a')('shop/production', { token: 3, effect: 1 })
  expect(kept[0]!.version).toBe(9)
})

test('looks again when another one came first, and gives way to it where that is newer', async () => {
  set('3.1')
  meanwhile = () => {
    meanwhile = () => {}
    Object.assign(kept[0]!, { version: 10, labels: { 'sluice.fence': '5.1', 'sluice.home': 'a' } })
  }
  await expect(of('a')('shop/production', { token: 4, effect: 1 })).rejects.toMatchObject({ code: 'FENCED' })
  expect(kept[0]!.labels['sluice.fence']).toBe('5.1')
})

test('looks again when another one made it first', async () => {
  meanwhile = () => {
    meanwhile = () => {}
    set('1.1')
  }
  await of('a')('shop/production', { token: 1, effect: 2 })
  expect(kept).toMatchObject([{ labels: { 'sluice.fence': '1.2' } }])
})

test('leaves the environment of another home alone', async () => {
  set('1.1', 'b')
  await expect(of('a')('shop/production', { token: 9, effect: 1 })).rejects.toMatchObject({
    code: 'NAME_TAKEN',
  })
  expect(kept[0]!.version).toBe(9)
})
