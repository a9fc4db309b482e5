import { createProxy } from './proxy.ts'
import { runWorker } from './run-worker.ts'

await runWorker({ createProxy })
