import { expect, it } from 'vitest'
import { type TimedLine, timedLines } from './log-frames.ts'

const time = '2026-11-22T10:00:00.000000001Z'
const later = '2026-11-22T10:00:00.000000002Z'

it('tells the streams apart, wherever the bytes are cut', async () => {
  const bytes = Buffer.concat([frame(1, `${time} one\n`), frame(2, `${later} two\r\n`)])
  const expected = [
    { stream: 'stdout', time, text: 'one' },
    { stream: 'stderr', time: later, text: 'two' },
  ]
  expect(await read([bytes])).toEqual(expected)
  expect(await read([...bytes].map((byte) => Buffer.from([byte])))).toEqual(expected)
})

it('joins the pieces of a long line, each of which has a time, and cuts no character in two', async () => {
  const [head, tail] = [Buffer.from('é').subarray(0, 1), Buffer.from('é').subarray(1)]
  const pieces = [
    frame(1, Buffer.concat([Buffer.from(`${time} caf`), head])),
    frame(2, `${later} between\n`),
    frame(1, Buffer.concat([Buffer.from(`${later} `), tail, Buffer.from('\n')])),
  ]
  expect(await read(pieces)).toEqual([
    { stream: 'stderr', time: later, text: 'between' },
    { stream: 'stdout', time, text: 'café' },
  ])
})

it('gives the last words of somebody who did not finish, and keeps blanks', async () => {
  expect(await read([frame(1, `${time}   indented  `)])).toEqual([
    { stream: 'stdout', time, text: '  indented  ' },
  ])
  expect(await read([frame(1, `${time} \n`)])).toEqual([{ stream: 'stdout', time, text: '' }])
})

it('lets go of what is not multiplexed at all', async () => {
  expect(await read([Buffer.from('no frames here, only text\n')])).toEqual([])
})

async function read(chunks: Buffer[]): Promise<TimedLine[]> {
  const lines: TimedLine[] = []
  for await (const line of timedLines(chunks)) lines.push(line)
  return lines
}

function frame(stream: number, content: string | Buffer): Buffer {
  const bytes = Buffer.from(content)
  const head = Buffer.alloc(8)
  head[0] = stream
  head.writeUInt32BE(bytes.length, 4)
  return Buffer.concat([head, bytes])
}
