import { parentPort } from 'node:worker_threads'
import { xxh32 } from '../../packages/sluice/src/std/xxh32.ts'
import { allCells, nameOf } from './cells.ts'
import { type JudgedHour, judgedHour } from './judged-hour.ts'

/** One cell's hours, asked of a worker by the cell's place in the list. */
export interface Task {
  index: number
  runs: number
  seed: number
}

export interface Done {
  index: number
  hours: JudgedHour[]
}

parentPort?.on('message', ({ index, runs, seed }: Task) => {
  const cell = allCells[index]!
  const hours = Array.from({ length: runs }, (_, run) =>
    judgedHour(cell, xxh32(`${nameOf(cell)} ${run}`, seed)),
  )
  parentPort?.postMessage({ index, hours } satisfies Done)
})
