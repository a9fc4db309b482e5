import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { lookAt } from '../look.fixture.ts'
import { openLook } from './open-look.ts'
import { autoscalerOf, leastReplicas } from './replicas.ts'
import { selects, unreadManifests, workloads } from './workloads.ts'

const deployment = (name: string, image = `${name}:1`) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: 3
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name}, tier: web } }
    spec: { initContainers: [{ name: wait, image: 'busybox:1' }], containers: [{ name: app, image: '${image}' }] }
`
const namesOf = (look: Parameters<typeof workloads>[0]) =>
  workloads(look).map(({ manifest }) => manifest.name)

it('finds the workloads of the app, without databases, tests, templates and patches', async () => {
  const look = await lookAt({
    'k8s/shop.yaml': deployment('shop'),
    'k8s/database.yaml': deployment('database', 'docker.io/library/postgres:18'),
    'test/k8s/app.yaml': deployment('tested'),
    'chart/templates/app.yaml': deployment('{{ .Release.Name }}'),
    'overlays/one/shop.yaml':
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: shop }\nspec: { replicas: 5 }\n',
  })
  expect(namesOf(look)).toEqual(['shop'])
  const [shop] = workloads(look)
  expect(shop).toMatchObject({ isPatched: true, podLabels: { app: 'shop', tier: 'web' } })
  expect(shop!.containers.map(({ name }) => name)).toEqual(['app'])
})

it('takes what is for production where a workload is written out for staging too', async () => {
  const look = await lookAt({
    'k8s/staging/shop.yaml': deployment('shop'),
    'k8s/production/shop.yaml': deployment('shop'),
    'k8s/staging/desk.yaml': deployment('desk'),
  })
  expect(workloads(look).map(({ manifest }) => manifest.path)).toEqual([
    'k8s/production/shop.yaml',
    'k8s/staging/desk.yaml',
  ])
  expect(workloads(look)[0]!.isPatched).toBe(false)
})

it('finds those of one app among several by their names, and by the names of their images', async () => {
  const { files } = await lookAt({
    'apps/cart/package.json': { name: 'acme-cart', scripts: { start: 'node server.js' } },
    'apps/cart/server.js': '',
    'apps/cart/k8s.yaml': deployment('anything'),
    'k8s/cart.yaml': deployment('cart'),
    'k8s/desk.yaml': deployment('desk'),
    'k8s/pay.yaml': deployment('pay', 'registry.example.com/acme-cart:1'),
  })
  mkdirSync(join(files.root, '.git'))
  const look = await openLook(join(files.root, 'apps/cart'), { now: 0 })
  expect(namesOf(look)).toEqual(['anything', 'cart', 'pay'])
})

it('says what cannot be read only where nothing of the app could be', async () => {
  const template = { 'chart/templates/app.yaml': deployment('{{ .Release.Name }}') }
  expect(unreadManifests(await lookAt(template))).toContain('chart/templates/app.yaml')
  expect(unreadManifests(await lookAt({ ...template, 'k8s/shop.yaml': deployment('shop') }))).toBeNull()
  expect(unreadManifests(await lookAt({}))).toBeNull()
  const alert =
    'apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec: { text: "{{ $value }} and {{ $labels.job }}" }\n'
  expect(namesOf(await lookAt({ 'k8s/all.yaml': `${deployment('shop')}---\n${alert}` }))).toEqual(['shop'])
})

it('knows what selects the pods of a workload, and how many there are at least', async () => {
  const look = await lookAt({ 'k8s/shop.yaml': deployment('shop') })
  const [shop] = workloads(look)
  expect(selects({ matchLabels: { app: 'shop' } }, shop!)).toBe(true)
  expect(selects({ app: 'shop', tier: 'web' }, shop!)).toBe(true)
  expect(selects({ matchLabels: { app: 'desk' } }, shop!)).toBe(false)
  expect(selects({}, shop!)).toBe(true)
  expect(selects(null, shop!)).toBe(false)
  expect([autoscalerOf(look, shop!), leastReplicas(look, shop!)]).toEqual([null, 3])
})
