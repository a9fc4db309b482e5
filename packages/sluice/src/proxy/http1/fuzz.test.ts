import { afterAll, expect, test } from 'vitest'
import type { Random } from '../../std/random.ts'
import { randomCuts, randomOfCase, requestStream, responseStream } from './generator.fixture.ts'
import {
  type Message,
  type Reading,
  type ReadMessage,
  readRequests,
  readResponses,
} from './message-reader.fixture.ts'
import { type OracleReading, openRequestOracle, readResponsesByOracle } from './oracle.fixture.ts'
import { mayTrail } from './trailers.ts'

// Differential fuzzing against llhttp, as data-plane.md asks for in section 7.
// For longer runs: SLUICE_FUZZ_MS=600000, and another SLUICE_FUZZ_SEED.
const seeds = process.env.SLUICE_FUZZ_SEED ? [Number(process.env.SLUICE_FUZZ_SEED)] : [1, 2]
const budgetMs = Number(process.env.SLUICE_FUZZ_MS ?? 8_000)
const batchSize = 100

const requestOracle = openRequestOracle()
afterAll(() => requestOracle.close())

test('reads requests as llhttp does, and sends on what llhttp reads in the same way', {
  timeout: budgetMs + 30_000,
}, async () => {
  await fuzz((budgetMs * 5) / 8, {
    stream: requestStream,
    read: (stream, _caseNumber, cuts) => readRequests(stream, cuts),
    oracle: (cases) => requestOracle.read(cases.map(({ stream }) => stream)),
  })
})

test('reads responses as llhttp does, and sends on what llhttp reads in the same way', {
  timeout: budgetMs + 30_000,
}, async () => {
  const methodOf = (caseNumber: number) => (caseNumber % 5 === 0 ? 'HEAD' : 'GET')
  await fuzz((budgetMs * 3) / 8, {
    stream: responseStream,
    read: (stream, caseNumber, cuts) => readResponses(stream, methodOf(caseNumber), cuts),
    oracle: (cases) =>
      readResponsesByOracle(
        cases.map(({ stream, caseNumber }) => ({ stream, method: methodOf(caseNumber) })),
      ),
  })
})

interface Case {
  seed: number
  caseNumber: number
  stream: Buffer
}

interface Side {
  stream(random: Random): Buffer
  read(stream: Buffer, caseNumber: number, cuts: number[]): Reading
  oracle(cases: Case[]): Promise<OracleReading[]>
}

async function fuzz(forMs: number, side: Side): Promise<void> {
  const deadline = performance.now() + forMs
  const counts = { cases: 0, accepted: 0 }
  for (let first = 0; performance.now() < deadline; first += batchSize) {
    for (const seed of seeds) {
      const cases = Array.from({ length: batchSize }, (_, i): Case => {
        const caseNumber = first + i
        return { seed, caseNumber, stream: side.stream(randomOfCase(seed, caseNumber)) }
      })
      counts.accepted += await checkBatch(cases, side)
      counts.cases += cases.length
    }
  }
  // A generator that makes nothing but garbage, or nothing that is refused, would prove nothing.
  expect(counts.accepted / counts.cases).toBeGreaterThan(0.2)
  expect(counts.accepted / counts.cases).toBeLessThan(0.9)
  if (process.env.SLUICE_FUZZ_MS)
    console.log(JSON.stringify({ seeds, ...counts, llhttp: process.versions.llhttp }))
}

async function checkBatch(cases: Case[], side: Side): Promise<number> {
  const ours = cases.map((one) => side.read(one.stream, one.caseNumber, []))
  const theirs = await side.oracle(cases)
  const sent = cases.map((one, i) => ({ ...one, stream: sentOf(ours[i]!) }))
  const theirsOfSent = await side.oracle(sent)
  for (const [i, one] of cases.entries()) {
    const problem =
      difference(ours[i]!, theirs[i]!) ??
      cutProblem(one, ours[i]!, side) ??
      sentProblem(ours[i]!, side.read(sent[i]!.stream, one.caseNumber, []), theirsOfSent[i]!)
    if (problem !== null) throw new Error(described(one, problem))
  }
  return ours.filter((reading) => reading.messages.length > 0).length
}

/** Properties A and B: what we accept is accepted by the other, who finds the same messages in the same bytes. */
function difference(ours: Reading, theirs: OracleReading): string | null {
  for (const [i, message] of ours.messages.entries()) {
    const other = theirs.messages[i]
    if (other === undefined)
      return `message ${i} is not there for llhttp (${theirs.error}): ${JSON.stringify(message)}`
    if (essence(message) !== essence(asWeSay(message, other))) {
      return `message ${i} differs:\n${essence(message)}\n${essence(other)}`
    }
  }
  const extra = theirs.messages[ours.messages.length]
  return ours.end === 'open' && extra !== undefined ? `llhttp sees another message: ${essence(extra)}` : null
}

/** Property C: what leaves us has the same meaning for us and for the other, and would leave us again as it is. */
function sentProblem(ours: Reading, again: Reading, theirs: OracleReading): string | null {
  const other = difference(again, theirs)
  if (other !== null) return `what was sent on is read in two ways: ${other}`
  if (again.messages.length !== ours.messages.length) return `${again.messages.length} messages were sent on`
  for (const [i, message] of ours.messages.entries()) {
    const arrived = again.messages[i]!
    if (meaning(message) !== meaning(arrived))
      return `sent on with another meaning: ${JSON.stringify(arrived)}`
    if (arrived.forwarded !== message.forwarded)
      return `sent on twice it changes: ${JSON.stringify(arrived.forwarded)}`
  }
  return null
}

/** Property D: how the stream is cut changes nothing, neither what is understood nor what is sent on. */
function cutProblem({ seed, caseNumber, stream }: Case, whole: Reading, side: Side): string | null {
  const random = randomOfCase(seed + 7, caseNumber)
  const everyByte = Array.from(stream, (_, i) => i)
  const ways = [randomCuts(random, stream.length), randomCuts(random, stream.length), everyByte]
  if (caseNumber % 50 === 0) ways.push(...everyByte.map((cut) => [cut]))
  const expected = resultOf(whole)
  for (const cuts of ways) {
    const cut = resultOf(side.read(stream, caseNumber, cuts))
    if (cut !== expected) return `another result when cut at ${cuts.slice(0, 10)}: ${cut}`
  }
  return null
}

function resultOf({ end, messages }: Reading): string {
  // A size line that was cut is written anew, with small digits.
  return JSON.stringify([end, messages.map((message) => [meaning(message), message.forwarded.toLowerCase()])])
}

function sentOf(reading: Reading): Buffer {
  return Buffer.from(reading.messages.map((message) => message.forwarded).join(''), 'latin1')
}

function essence({ start, fields, body, trailers }: Message): string {
  return JSON.stringify({ start, fields, body, trailers })
}

function meaning({ start, host, endToEnd, body, trailers }: ReadMessage): string {
  return JSON.stringify({ start, host, endToEnd, body, trailers })
}

/** What the other found, in our terms. */
function asWeSay(ours: Message, other: Message): Message {
  const trailers = other.trailers.filter(([name]) => mayTrail(name))
  return { ...other, start: [other.start[0], originForm(ours, other)], trailers }
}

/** llhttp hands over an absolute-form as it came; ours is rewritten. */
function originForm(ours: Message, other: Message): string {
  const [, target] = other.start
  const path = target.replace(/^https?:\/\/[^/?]*/i, '')
  if (path === target) return target
  return path === '' ? ours.start[1] : path.replace(/^\?/, '/?')
}

function described({ seed, caseNumber, stream }: Case, problem: string): string {
  return `seed ${seed}, case ${caseNumber}: ${problem}\n${JSON.stringify(stream.toString('latin1'))}`
}
