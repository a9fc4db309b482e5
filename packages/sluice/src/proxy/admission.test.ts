import { afterEach, expect, test } from 'vitest'
import {
  environment,
  get,
  Opened,
  openClient,
  openHttpApp,
  openProxy,
  release,
  tell,
  turns,
  until,
} from './proxy.fixture.ts'

const opened = new Opened()
afterEach(() => opened.close())

const TOKEN = 'secret-secret-secret'

/** An app that answers with a word and what it was told. */
async function openNamed(name: string) {
  return opened.add(
    openHttpApp((request, response) =>
      response.end(`<${name} ${request.url} ${JSON.stringify(request.headers)}>`),
    ),
  )
}

async function openShop() {
  const [stable, candidate] = [await openNamed('stable'), await openNamed('candidate')]
  const proxy = await opened.add(openProxy())
  proxy.serve(
    environment([release('r8', 0, candidate.port), release('r7', 10_000, stable.port)], {
      preview: { hosts: ['preview--shop.test'], token: TOKEN, release: 'r8' },
    }),
  )
  return proxy
}

test('routes by host and by the longest path prefix, whole segments only', async () => {
  const [web, api] = [await openNamed('web'), await openNamed('api')]
  const proxy = await opened.add(openProxy())
  proxy.serve(
    environment([release('r1', 10_000, web.port)]),
    environment([release('r1', 10_000, api.port)], { name: 'api/test', pathPrefix: '/api' }),
  )
  expect(await tell(proxy.port, get('/'))).toContain('<web / ')
  expect(await tell(proxy.port, get('/apix'))).toContain('<web /apix ')
  expect(await tell(proxy.port, get('/api'))).toContain('<api /api ')
  expect(await tell(proxy.port, get('/api?x'))).toContain('<api /api?x ')
  expect(await tell(proxy.port, get('/api/x'))).toContain('<api /api/x ')
  expect(await tell(proxy.port, get('/').replace('shop.test', 'SHOP.test:8080'))).toContain('<web / ')
})

test('takes a host with the dot of an absolute name for the same host, and with two for none', async () => {
  const proxy = await openShop()
  const to = (host: string) => tell(proxy.port, get('/').replace('shop.test', host))
  expect(await to('shop.test.')).toContain('<stable / ')
  expect(await to('shop.test.:8080')).toContain('<stable / ')
  expect(await to('shop.test..')).toMatch(/^HTTP\/1\.1 404 /)
  expect(await to('.')).toMatch(/^HTTP\/1\.1 404 /)
})

test('an unknown host is told that nothing is there, and keeps its connection', async () => {
  const proxy = await openShop()
  const client = openClient(proxy.port)
  client.send('GET / HTTP/1.1\r\nHost: other.test\r\n\r\n')
  await client.sees(/^HTTP\/1\.1 404 Not Found\r\n.*keep-alive\r\n\r\nNothing is served here\.\n$/s)
  client.send(get('/'))
  expect(await client.closed()).toContain('<stable / ')
  expect(proxy.proxy.read().unrouted).toBe(1)
})

test('an HTTP/1.0 request without host goes to the only environment, and nowhere when there are two', async () => {
  const proxy = await openShop()
  expect(await tell(proxy.port, 'GET / HTTP/1.0\r\n\r\n')).toContain('<stable / ')
  const web = await openNamed('web')
  proxy.serve(
    environment([release('r1', 10_000, web.port)]),
    environment([release('r1', 10_000, web.port)], { name: 'other/test', hosts: ['other.test'] }),
  )
  expect(await tell(proxy.port, 'GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 404 /)
})

const preview = (path: string, ...lines: string[]) =>
  get(path, ...lines).replace('shop.test', 'preview--shop.test')

test('the preview host shows its release to who bears the token, and to nobody else', async () => {
  const proxy = await openShop()
  expect(await tell(proxy.port, preview('/'))).toMatch(/^HTTP\/1\.1 404 /)
  expect(await tell(proxy.port, preview('/', 'X-Sluice-Token: wrong'))).toMatch(/^HTTP\/1\.1 404 /)
  expect(await tell(proxy.port, preview('/?sluice_token=wrong'))).toMatch(/^HTTP\/1\.1 404 /)
  const answer = await tell(proxy.port, preview('/x', `X-Sluice-Token: ${TOKEN}`))
  expect(answer).toContain('<candidate /x ')
  expect(answer).not.toContain(TOKEN)
  expect(proxy.row('r8')).toMatchObject({ cohort: 'synthetic', requests: 1 })
})

test('a preview link hands its token to a cookie and leads to the same page without it', async () => {
  const proxy = await openShop()
  const answer = await tell(proxy.port, preview(`/page?a=1&sluice_token=${TOKEN}&b=2`))
  expect(answer).toMatch(/^HTTP\/1\.1 302 .*\r\nLocation: \/page\?a=1&b=2\r\n/s)
  expect(answer).toContain(`Set-Cookie: sluice_preview=${TOKEN}; Path=/; HttpOnly; SameSite=Lax\r\n`)
  const page = await tell(proxy.port, preview('/page', `Cookie: a=1; sluice_preview=${TOKEN}; b=2`))
  expect(page).toContain('<candidate /page ')
  expect(page).toContain('"cookie":"a=1; b=2"')
  expect(await tell(proxy.port, preview('/', `Cookie: sluice_preview=${TOKEN}`))).not.toContain('"cookie"')
})

test('a preview link cannot be made to lead to another host', async () => {
  const proxy = await openShop()
  expect(await tell(proxy.port, preview(`//evil.test/?sluice_token=${TOKEN}`))).toContain(
    'Location: /evil.test/\r\n',
  )
})

test('a release is forced by its field with the token, and by nothing without it', async () => {
  const proxy = await openShop()
  const forced = await tell(proxy.port, get('/', 'X-Sluice-Release: r8', `X-Sluice-Token: ${TOKEN}`))
  expect(forced).toContain('<candidate / ')
  const ignored = await tell(proxy.port, get('/', 'X-Sluice-Release: r8', 'x-sluice-token: wrong'))
  expect(ignored).toContain('<stable / ')
  expect(forced + ignored).not.toContain('"x-sluice')
  const unknown = await tell(proxy.port, get('/', 'X-Sluice-Release: r99', `X-Sluice-Token: ${TOKEN}`))
  expect(unknown).toMatch(/^HTTP\/1\.1 404 .*No such release/s)
  expect(proxy.row('r7')).toMatchObject({ cohort: 'users', requests: 1 })
})

test('a release with nothing that serves is passed over, and 503 says so when there is no other', async () => {
  const stable = await openNamed('stable')
  const proxy = await opened.add(openProxy())
  const draining = release('r8', 9_000, stable.port)
  draining.instances[0]!.state = 'draining'
  proxy.serve(environment([draining, release('r7', 1_000, stable.port)]))
  for (let i = 0; i < 3; i++) expect(await tell(proxy.port, get())).toContain('<stable / ')
  proxy.serve(environment([{ ...draining, weight: 10_000 }]))
  expect(await tell(proxy.port, get())).toMatch(/^HTTP\/1\.1 503 .*\r\nRetry-After: 1\r\n/s)
  expect(proxy.proxy.read().rows.find(({ release }) => release === 'r8')).toMatchObject({
    instance: '*',
    requests: 1,
    failures: { noInstance: 1 },
    failedForUser: 1,
  })
})

test('a user without a key gets one, and stays on the release that goes with it', async () => {
  const [stable, candidate] = [await openNamed('stable'), await openNamed('candidate')]
  const proxy = await opened.add(openProxy())
  const serve = (weight: number) =>
    proxy.serve(
      environment([release('r8', weight, candidate.port), release('r7', 10_000 - weight, stable.port)], {
        sticky: { salt: 'rel42', header: 'X-User' },
      }),
    )
  serve(5_000)
  const first = await tell(proxy.port, get())
  const uid = /Set-Cookie: sluice_uid=([0-9a-f]{32}); Path=\/; HttpOnly; SameSite=Lax\r\n/.exec(first)![1]!
  const name = /<(\w+) /.exec(first)![1]!
  for (let i = 0; i < 5; i++) {
    const again = await tell(proxy.port, get('/', `Cookie: sluice_uid=${uid}`))
    expect(again).toContain(`<${name} / `)
    expect(again).not.toContain('Set-Cookie')
  }
  expect(await tell(proxy.port, get('/', 'Cookie: sluice_uid=forged'))).toContain('Set-Cookie')
  // rel42:user-1 is in bucket 851, rel42:u0 in 2979.
  serve(1_000)
  expect(await tell(proxy.port, get('/', 'X-User: user-1'))).toContain('<candidate / ')
  expect(await tell(proxy.port, get('/', 'X-User: u0'))).toContain('<stable / ')
  serve(851)
  expect(await tell(proxy.port, get('/', 'X-User: user-1'))).toContain('<stable / ')
})

test('a held environment makes requests wait in order, answers its health path, and lets them go when it opens', async () => {
  const order: (string | undefined)[] = []
  const app = await opened.add(
    openHttpApp(({ url }, response) => {
      order.push(url)
      response.end(`<app ${url} >`)
    }),
  )
  const proxy = await opened.add(openProxy({ resumeAtOnce: 1 }))
  const serve = (maxRequests: number | null) =>
    proxy.serve(
      environment([release('r1', 10_000, app.port)], {
        hold: maxRequests === null ? null : { maxRequests, maxWaitMs: 30_000, healthPath: '/healthz' },
      }),
    )
  serve(3)
  const clients = []
  for (let i = 1; i <= 3; i++) {
    const client = openClient(proxy.port)
    client.send(get(`/${i}`))
    clients.push(client)
    await until(() => proxy.proxy.connections === i)
    await turns()
  }
  expect(await tell(proxy.port, get('/4'))).toMatch(/^HTTP\/1\.1 503 .*Retry-After: 1\r\n/s)
  expect(await tell(proxy.port, get('/healthz'))).toMatch(/^HTTP\/1\.1 200 /)
  clients[1]!.socket.destroy()
  await until(() => proxy.proxy.connections === 2)
  expect(app.accepted).toBe(0)
  serve(null)
  expect(await clients[0]!.closed()).toContain('<app /1 ')
  expect(await clients[2]!.closed()).toContain('<app /3 ')
  expect(order).toEqual(['/1', '/3'])
  const rows = proxy.proxy.read().rows
  expect(rows.find((row) => row.instance === 'r1.1')).toMatchObject({ requests: 2, failures: {} })
  expect(rows.find((row) => row.instance === '*')).toMatchObject({
    failures: { queueFull: 1 },
    failedForUser: 1,
  })
})

test('a held request waits no longer than it may', async () => {
  const app = await openNamed('app')
  const proxy = await opened.add(openProxy())
  proxy.serve(
    environment([release('r1', 10_000, app.port)], {
      hold: { maxRequests: 10, maxWaitMs: 5_000, healthPath: null },
    }),
  )
  const client = openClient(proxy.port)
  client.send(get())
  await until(() => proxy.proxy.connections === 1)
  await turns()
  proxy.pass(5_001)
  expect(await client.closed()).toMatch(/^HTTP\/1\.1 503 /)
})

test('a held body is sent whole once the hold is over', async () => {
  const app = await opened.add(openHttpApp((request, response) => request.pipe(response)))
  const proxy = await opened.add(openProxy())
  const serve = (isHeld: boolean) =>
    proxy.serve(
      environment([release('r1', 10_000, app.port)], {
        hold: isHeld ? { maxRequests: 10, maxWaitMs: 5_000, healthPath: null } : null,
      }),
    )
  serve(true)
  const body = 'x'.repeat(300_000)
  const client = openClient(proxy.port)
  client.send(
    `POST / HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  await until(() => proxy.proxy.connections === 1)
  await turns()
  serve(false)
  const answer = await client.closed()
  // The app sends it back in chunks, of whatever length its reads had.
  expect(answer.match(/x+/g)!.join('')).toHaveLength(300_000)
})

test('who comes while the held ones are let go waits behind them', async () => {
  const pending: (() => void)[] = []
  const app = await opened.add(openHttpApp((_, response) => pending.push(() => response.end('ok'))))
  const proxy = await opened.add(openProxy({ resumeAtOnce: 1 }))
  const serve = (isHeld: boolean) =>
    proxy.serve(
      environment([release('r1', 10_000, app.port)], {
        hold: isHeld ? { maxRequests: 10, maxWaitMs: 5_000, healthPath: null } : null,
      }),
    )
  serve(true)
  const clients = [openClient(proxy.port), openClient(proxy.port)]
  for (const client of clients) client.send(get())
  await until(() => proxy.proxy.connections === 2)
  await turns()
  serve(false)
  await until(() => pending.length === 1)
  const late = openClient(proxy.port)
  late.send(get())
  await until(() => proxy.proxy.connections === 3)
  await turns()
  for (const client of [...clients, late]) {
    await until(() => pending.length === 1)
    pending.shift()!()
    expect(await client.closed()).toMatch(/ok$/)
  }
})

test('a release that has all it may have makes requests wait a moment, and no more of them than fit', async () => {
  const pending: (() => void)[] = []
  const app = await opened.add(openHttpApp((_, response) => pending.push(() => response.end('ok'))))
  const proxy = await opened.add(
    openProxy({ inFlightPerRelease: 1, overflow: { maxRequests: 1, maxWaitMs: 100 } }),
  )
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const [first, second] = [openClient(proxy.port), openClient(proxy.port)]
  first.send(get())
  await until(() => pending.length === 1)
  second.send(get())
  await until(() => proxy.proxy.connections === 2)
  await turns()
  expect(await tell(proxy.port, get())).toMatch(/^HTTP\/1\.1 503 .*Retry-After: 1\r\n/s)
  pending.shift()!()
  expect(await first.closed()).toMatch(/ok$/)
  await until(() => pending.length === 1)
  await until(() => proxy.proxy.connections === 1)
  const third = openClient(proxy.port)
  third.send(get())
  await until(() => proxy.proxy.connections === 2)
  await turns()
  proxy.pass(110)
  expect(await third.closed()).toMatch(/^HTTP\/1\.1 503 /)
  pending.shift()!()
  expect(await second.closed()).toMatch(/ok$/)
})
