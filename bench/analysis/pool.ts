import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { allCells } from './cells.ts'
import type { Cell, JudgedHour } from './judged-hour.ts'
import type { Done, Task } from './worker.ts'

/** Runs all cells on all cores. `runsOf`: how many hours of a cell. */
export async function judgeAll(
  seed: number,
  runsOf: (cell: Cell) => number,
): Promise<Map<Cell, JudgedHour[]>> {
  const found = new Map<Cell, JudgedHour[]>()
  const tasks = allCells.map((cell, index) => ({ index, runs: runsOf(cell), seed }))
  await Promise.all(Array.from({ length: availableParallelism() }, () => work(tasks, found)))
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  return found
}

async function work(tasks: Task[], found: Map<Cell, JudgedHour[]>): Promise<void> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url))
  try {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
      const { index, hours } = await answer(worker, task)
      found.set(allCells[index]!, hours)
      if (process.stderr.isTTY) process.stderr.write(`\r${found.size} of ${allCells.length} cells`)
    }
  } finally {
    await worker.terminate()
  }
}

function answer(worker: Worker, task: Task): Promise<Done> {
  return new Promise((resolve, reject) => {
    worker.removeAllListeners().once('message', resolve).once('error', reject)
    worker.postMessage(task)
  })
}
