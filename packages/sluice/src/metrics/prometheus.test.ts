import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SluiceError } from '../errors.ts'
import { openPrometheusSource } from './prometheus.ts'
import type { MetricServer, MetricSource, RatioQuery } from './source.ts'

interface Asked {
  path: string
  query: string
  time: string
  authorization: string | undefined
}

type Answer = (asked: Asked, response: ServerResponse) => void

/** What the server does, set by each test; what it was asked; and what is undone at the end. */
let answer: Answer
let asked: Asked[]
let url: string
let folder: string
let undo: (() => unknown)[]

const question = { environment: 'shop/production', releases: ['r8'] }
const checkout: RatioQuery = {
  metric: 'checkout',
  bad: 'failed_total{release="$release"}',
  total: 'checkout_total{release="$release"}',
}

beforeEach(async () => {
  asked = []
  undo = []
  url = await listen((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://test')
    const { authorization } = request.headers
    const [query, time] = [searchParams.get('query')!, searchParams.get('time')!]
    asked.push({ path: pathname, query, time, authorization })
    answer(asked.at(-1)!, response)
  })
  folder = await mkdtemp(join(tmpdir(), 'sluice-prometheus-'))
  undo.push(() => rm(folder, { recursive: true }))
})

afterEach(async () => {
  vi.useRealTimers()
  for (const undone of undo.reverse()) await undone()
})

describe('counting', () => {
  it('tells bad and total of each metric and release, all asked of one moment', async () => {
    answer = series({
      'failed_total{release="r8"}': [[{ pod: 'a' }, '3']],
      'checkout_total{release="r8"}': [[{ pod: 'a' }, '100']],
      'failed_total{release="r7"}': [[{ pod: 'b' }, '1']],
      'checkout_total{release="r7"}': [[{ pod: 'b' }, '1e+03']],
    })
    const { boots, ratios } = await open().read({ ...question, releases: ['r8', 'r7'] })
    expect(boots).toEqual([])
    expect(ratios).toMatchObject([
      { metric: 'checkout', release: 'r8', bad: 3, total: 100 },
      { metric: 'checkout', release: 'r7', bad: 1, total: 1_000 },
    ])
    expect(asked.map(({ path }) => path)).toEqual(Array(4).fill('/api/v1/query'))
    expect(new Set(asked.map(({ time }) => time)).size).toBe(1)
    expect(Math.abs(Number(asked[0]!.time) * 1_000 - Date.now())).toBeLessThan(30_000)
  })

  it('adds up all series, whatever labels the failures have that the requests lack', async () => {
    const codes = [
      [{ code: '500' }, '2'],
      [{ code: '503' }, '1'],
    ] as Series
    expect(await readings([{ bad: codes, total: [[{}, '50']] }])).toEqual([[3, 50]])
  })

  it('goes on counting when an instance begins anew, series by series', async () => {
    const total = (a: string, b: string): Series => [
      [{ pod: 'a' }, a],
      [{ pod: 'b' }, b],
    ]
    const found = await readings([
      { bad: [[{ pod: 'a' }, '10']], total: total('100', '1000') },
      { bad: [[{ pod: 'a' }, '2']], total: total('5', '1010') },
      { bad: [[{ pod: 'a' }, '3']], total: total('9', '1020') },
    ])
    expect(found).toEqual([
      [10, 1_100],
      [12, 1_115],
      [13, 1_129],
    ])
  })

  it('keeps what vanished series had counted, and does not count it again when they come back', async () => {
    const [a, b]: Series = [
      [{ pod: 'a' }, '100'],
      [{ pod: 'b' }, '40'],
    ]
    const found = await readings([
      { bad: [], total: [a!, b!] },
      { bad: [], total: [a!] },
      { bad: [], total: [a!, [{ pod: 'b' }, '41']] },
    ])
    expect(found.map(([, total]) => total)).toEqual([140, 140, 141])
  })

  it('counts a new instance from its first request on', async () => {
    const a: Series = [[{ pod: 'a' }, '100']]
    const found = await readings([
      { bad: [], total: a },
      { bad: [], total: [...a, [{ pod: 'b' }, '7']] },
    ])
    expect(found.map(([, total]) => total)).toEqual([100, 107])
  })

  it('counts nothing for a small fall, which is an older sample or a sum that lost an instance', async () => {
    const found = await readings(['1000', '990', '1000', '750', '760'].map((value) => sumOf(value)))
    expect(found.map(([, total]) => total)).toEqual([1_000, 1_000, 1_010, 1_010, 1_020])
  })

  it('takes no series of failures for no failures', async () => {
    expect(await readings([{ bad: [], total: [[{}, '50']] }])).toEqual([[0, 50]])
  })

  it('says nothing of a release of which nothing was counted, and goes on afterwards', async () => {
    const seen: Readable = { bad: [[{}, '1']], total: [[{}, '50']] }
    const without: Readable = { bad: [[{}, '2']], total: [] }
    const source = open()
    const found = []
    for (const now of [seen, without, { ...seen, bad: [[{}, '3']] } as Readable]) {
      answer = readable(now)
      found.push((await source.read(question)).ratios)
    }
    expect(found[0]).toMatchObject([{ bad: 1, total: 50 }])
    expect(found[1]).toEqual([])
    expect(found[2]).toMatchObject([{ counter: found[0]![0]!.counter, bad: 3, total: 50 }])
  })

  it.each(['NaN', '+Inf', '-Inf', '1e999', '-1'])('leaves out %s', async (odd) => {
    const total: Series = [
      [{ pod: 'a' }, odd],
      [{ pod: 'b' }, '50'],
    ]
    expect(await readings([{ bad: [[{}, odd]], total }])).toEqual([[0, 50]])
  })

  it('takes a scalar', async () => {
    answer = (_, response) => json(response, 200, success('scalar', [1_700_000_000, '12']))
    expect((await open().read(question)).ratios).toMatchObject([{ bad: 12, total: 12 }])
  })

  it('begins as another counter when it is opened again', async () => {
    answer = readable(sumOf('50'))
    const [first, second] = [await open().read(question), await open().read(question)]
    expect(first.ratios[0]!.counter).not.toBe(second.ratios[0]!.counter)
  })

  it('begins as another counter for a release that was not asked about meanwhile', async () => {
    answer = readable(sumOf('50'))
    const source = open()
    const [first, again] = [await source.read(question), await source.read(question)]
    await source.read({ ...question, releases: ['r7'] })
    const later = await source.read(question)
    expect(again.ratios).toEqual(first.ratios)
    expect(later.ratios[0]!.counter).not.toBe(first.ratios[0]!.counter)
  })

  it('begins as another counter when the clock was put back', async () => {
    answer = readable(sumOf('50'))
    vi.useFakeTimers({ toFake: ['Date'], now: 1_700_000_000_000 })
    const source = open()
    const first = await source.read(question)
    vi.setSystemTime(1_699_999_000_000)
    const second = await source.read(question)
    expect(second.ratios[0]!.counter).not.toBe(first.ratios[0]!.counter)
  })

  it('begins as another counter once too many series have come and gone', async () => {
    const source = open()
    const counters = new Set<string>()
    for (let round = 0; round < 12; round += 1) {
      const pods = Array.from(
        { length: 1_000 },
        (_, pod) => [{ pod: `${round}-${pod}` }, '1'] as Series[number],
      )
      answer = readable({ bad: [], total: pods })
      counters.add((await source.read(question)).ratios[0]!.counter)
    }
    expect(counters.size).toBe(2)
  })
})

describe('queries', () => {
  it('are filled with release, environment, app and the name of the environment', async () => {
    answer = readable(sumOf('1'))
    const query = 'x{r="$release",e="$environment",a="$app",n="$env",p=~"y$",q="$envoy"}'
    await open({ queries: [{ metric: 'm', bad: query, total: query }] }).read(question)
    const filled = 'x{r="r8",e="shop/production",a="shop",n="production",p=~"y$",q="$envoy"}'
    expect(asked[0]!.query).toBe(filled)
  })

  it('cannot be broken out of by a name', async () => {
    answer = readable(sumOf('1'))
    const environment = 'sh\'op"} or vector(1) #\\`\n/ü'
    await open({ queries: [{ metric: 'm', bad: '"$app"', total: '"$env"' }] }).read({
      ...question,
      environment,
    })
    expect(asked.map(({ query }) => query).sort()).toEqual([
      '"\\U000000fc"',
      '"sh\\U00000027op\\U00000022\\U0000007d\\U00000020or\\U00000020vector\\U000000281\\U00000029\\U00000020\\U00000023\\U0000005c\\U00000060\\U0000000a"',
    ])
  })

  it('go below the path of the url', async () => {
    answer = readable(sumOf('1'))
    await open({ server: { url: `${url}/prom/` } }).read(question)
    expect(asked[0]!.path).toBe('/prom/api/v1/query')
  })
})

describe('the token', () => {
  it('is read from its file for each reading', async () => {
    answer = readable(sumOf('1'))
    const source = open({ server: { tokenFile: await tokenFile('first\n') } })
    await source.read(question)
    await tokenFile('second')
    await source.read(question)
    expect([...new Set(asked.map(({ authorization }) => authorization))]).toEqual([
      'Bearer first',
      'Bearer second',
    ])
  })

  it('is not sent where there is none', async () => {
    answer = readable(sumOf('1'))
    await open().read(question)
    expect(asked[0]!.authorization).toBeUndefined()
  })

  it('goes to nobody else: no redirect is followed', async () => {
    const visited: (string | undefined)[] = []
    const other = await listen((request, response) => {
      visited.push(request.headers.authorization)
      json(response, 200, success('vector', []))
    })
    answer = (_, response) => response.writeHead(307, { location: `${other}/login?state=abc` }).end()
    const error = await failureOf(open({ server: { tokenFile: await tokenFile('hunter2') } }))
    expect(error.message).toBe(
      `metric "checkout", bad of r8: ${url} answered 307 and leads to ${other}/login`,
    )
    expect(visited).toEqual([])
  })

  it.each(['', 'hunter2\nhunter3', 'hunter2 ü'])(
    'is refused without being shown when it is %j',
    async (text) => {
      const error = await failureOf(open({ server: { tokenFile: await tokenFile(text) } }))
      expect(everythingIn(error)).toContain(join(folder, 'token'))
      expect(everythingIn(error)).not.toContain('hunter')
      expect(asked).toEqual([])
    },
  )

  it('is missed by the name of its file', async () => {
    const error = await failureOf(open({ server: { tokenFile: join(folder, 'none') } }))
    expect(error.message).toContain(`${join(folder, 'none')} cannot be read: ENOENT`)
  })

  it('stands in no error, even where the server repeats it', async () => {
    answer = ({ authorization }, response) => json(response, 400, failed('bad_data', `no: ${authorization}`))
    const error = await failureOf(open({ server: { tokenFile: await tokenFile('hunter2') } }))
    expect(error.message).toContain('bad_data: no: Bearer [token]')
    const long = await failureOf(open({ server: { tokenFile: await tokenFile('hunter2'.repeat(100)) } }))
    expect(everythingIn([error, long])).not.toContain('hunter2')
  })
})

describe('what is no answer', () => {
  it('names metric, release and query, and what the server said', async () => {
    answer = ({ query }, response) =>
      query.startsWith('failed')
        ? json(response, 400, failed('bad_data', 'parse error: unexpected character'))
        : json(response, 200, success('vector', []))
    const { kind, code, message, details, todo } = await failureOf(open())
    expect({ kind, code }).toEqual({ kind: 'outside', code: 'METRIC_SOURCE_FAILED' })
    expect(message).toBe(
      `metric "checkout", bad of r8: ${url} answered 400 with bad_data: parse error: unexpected character`,
    )
    expect(details).toEqual(['query: failed_total{release="r8"}'])
    expect(todo).toBe('Try the query in the web page of Prometheus.')
  })

  it('counts nothing of a reading of which one query failed', async () => {
    const source = open()
    answer = readable({ bad: [[{}, '1']], total: [[{}, '10']] })
    await source.read(question)
    answer = ({ query }, response) =>
      query.startsWith('failed')
        ? json(response, 200, success('vector', [{ metric: {}, value: [0, '9'] }]))
        : json(response, 503, failed('timeout', 'too slow'))
    await failureOf(source)
    answer = readable({ bad: [[{}, '2']], total: [[{}, '20']] })
    expect((await source.read(question)).ratios).toMatchObject([{ bad: 2, total: 20 }])
  })

  it.each([401, 403])('says that %i is about the token', async (status) => {
    answer = (_, response) => response.writeHead(status).end('Unauthorized')
    expect(said(await failureOf(open()))).toBe(`${url} answered ${status}, and no token was sent`)
    const error = await failureOf(open({ server: { tokenFile: await tokenFile('hunter2') } }))
    expect(said(error)).toBe(`${url} answered ${status} to the token`)
  })

  it('may be a page of something else', async () => {
    answer = (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome</h1>')
    expect(said(await failureOf(open()))).toBe(`${url} answered with what is no answer of Prometheus`)
    answer = (_, response) => response.writeHead(502).end('Bad Gateway')
    expect(said(await failureOf(open()))).toBe(`${url} answered 502 with what is no answer of Prometheus`)
  })

  it.each([
    ['a matrix, which is no vector of counters', success('matrix', [{ metric: {}, values: [[0, '1']] }])],
    ['a string, which is no vector of counters', success('string', [0, 'x'])],
    [
      'a vector that holds something else than numbers',
      success('vector', [{ metric: {}, histogram: [0, { count: '1' }] }]),
    ],
  ])('may be %s', async (found, body) => {
    answer = (_, response) => json(response, 200, body)
    expect(said(await failureOf(open()))).toBe(`${url} answered with ${found}`)
  })

  it('may have too many series', async () => {
    const pods = (count: number): Series =>
      Array.from({ length: count }, (_, pod) => [{ pod: `${pod}` }, '1'])
    const source = open()
    answer = readable({ bad: [], total: pods(1_000) })
    expect((await source.read(question)).ratios).toMatchObject([{ total: 1_000 }])
    answer = readable({ bad: pods(1_001), total: [] })
    expect(said(await failureOf(source))).toBe(`${url} answered with 1001 series, and at most 1000 are taken`)
  })

  it('may be huge, and is not read to its end', async () => {
    const chunk = Buffer.alloc(64 * 1_024, ' ')
    let written = 0
    let isOver = false
    answer = (_, response) => {
      const write = () => {
        while (written < 200 * 1_024 ** 2 && !isOver) {
          written += chunk.length
          if (!response.write(chunk)) return
        }
      }
      response.on('drain', write).on('close', () => {
        isOver = true
      })
      write()
    }
    const source = open({ queries: [checkout], server: { timeoutMs: 20_000 } })
    expect((await failureOf(source)).message).toMatch(/answered with more than 5 MB$/)
    await vi.waitFor(() => expect(isOver).toBe(true), { timeout: 10_000 })
    expect(written).toBeLessThan(100 * 1_024 ** 2)
  })

  it.each([
    ['before it begins', () => {}],
    ['in the middle', (_: unknown, response: ServerResponse) => response.writeHead(200).write('{"status":')],
  ])('may be too late, %s', async (_, stall) => {
    answer = stall
    const error = await failureOf(open({ server: { timeoutMs: 200 } }))
    expect(said(error)).toBe(`${url} gave no answer within 200ms`)
  })

  it('may be that nobody is there', async () => {
    const nobody = await listen(() => {})
    await undo.pop()!()
    const error = await failureOf(open({ server: { url: nobody } }))
    expect(said(error)).toBe(`${nobody} cannot be asked: ECONNREFUSED`)
    expect(error.cause).toBeInstanceOf(TypeError)
  })

  it('is not waited for once the source is closed', async () => {
    const source = open({ server: { timeoutMs: 25_000 } })
    answer = () => void source.close()
    expect((await failureOf(source)).code).toBe('METRIC_SOURCE_FAILED')
  }, 20_000)
})

describe('opening', () => {
  it.each(['prometheus:9090', 'file:///etc/passwd', 'http://me:hunter2@prometheus:9090', '//x'])(
    'refuses %s, without showing a password',
    (url) => {
      const thrown = catching(() => open({ server: { url } }))
      expect(thrown.code).toBe('CONFIG_INVALID')
      expect(everythingIn(thrown)).not.toContain('hunter2')
    },
  )

  it('refuses to ask nobody', () => {
    expect(catching(() => openPrometheusSource({ server: null, queries: [] })).code).toBe('CONFIG_INVALID')
  })
})

function open(options: { server?: Partial<MetricServer>; queries?: RatioQuery[] } = {}): MetricSource {
  const { server, queries = [checkout] } = options
  const source = openPrometheusSource({
    server: { url, tokenFile: null, timeoutMs: 10_000, ...server },
    queries,
  })
  undo.push(() => source.close())
  return source
}

type Series = (readonly [labels: Record<string, string>, value: string])[]

interface Readable {
  bad: Series
  total: Series
}

const sumOf = (value: string): Readable => ({ bad: [], total: [[{}, value]] })

/** What one source tells of r8, as [bad, total], while the server shows one thing after the other. */
async function readings(shown: Readable[]): Promise<[number, number][]> {
  const source = open()
  const found: [number, number][] = []
  const counters = new Set<string>()
  for (const now of shown) {
    answer = readable(now)
    const [ratio] = (await source.read(question)).ratios
    found.push([ratio!.bad, ratio!.total])
    counters.add(ratio!.counter)
  }
  expect(counters.size).toBe(1)
  return found
}

function readable({ bad, total }: Readable): Answer {
  return ({ query }, response) => vector(response, query.startsWith('failed') ? bad : total)
}

function series(byQuery: Record<string, Series>): Answer {
  return ({ query }, response) => vector(response, byQuery[query] ?? [])
}

function vector(response: ServerResponse, found: Series): void {
  const result = found.map(([metric, value]) => ({ metric, value: [1_700_000_000.123, value] }))
  json(response, 200, success('vector', result))
}

function success(resultType: string, result: unknown) {
  return { status: 'success', data: { resultType, result } }
}

function failed(errorType: string, error: string) {
  return { status: 'error', errorType, error }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function listen(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
  undo.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function tokenFile(text: string): Promise<string> {
  const file = join(folder, 'token')
  await writeFile(file, text)
  return file
}

async function failureOf(source: MetricSource): Promise<SluiceError> {
  return source.read(question).then(
    () => expect.unreachable('the reading should have failed'),
    (error) => error,
  )
}

function catching(run: () => unknown): SluiceError {
  try {
    run()
  } catch (error) {
    return error as SluiceError
  }
  return expect.unreachable('it should have been refused')
}

/** The message without which of the two queries it was about: they are asked at once. */
function said(error: SluiceError): string {
  return error.message.replace(/^metric "checkout", (bad|total) of r8: /, '')
}

/** All that a log could hold of it. */
function everythingIn(error: unknown): string {
  if (Array.isArray(error)) return error.map(everythingIn).join('\n')
  if (!(error instanceof Error)) return String(error)
  const { todo, details } = error as SluiceError
  return [error.message, error.stack, todo, details, everythingIn(error.cause)].join('\n')
}
