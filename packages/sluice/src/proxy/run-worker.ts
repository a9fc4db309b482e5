import type { Server } from 'node:net'
import { parseArgs } from 'node:util'
import { factsOf } from '../errors.ts'
import type { ChildMessage, StartMessage } from './birth.ts'
import { proxyHome } from './home.ts'
import type { createProxy } from './proxy.ts'
import { defaultDrain, openWorker, type Worker } from './worker.ts'

/** The whole life of a worker process: announced, begotten by the parent on the other end of IPC, serving, drained, gone. */
export async function runWorker(parts: { createProxy: typeof createProxy }): Promise<void> {
  const options = readArguments(process.argv.slice(2))
  process.title = `sluice-proxy worker ${options.boot}`
  const worker = await openWorker({ ...options, ...parts, now: Date.now() })
  process.on('SIGTERM', () => worker.drain(defaultDrain))
  process.on('SIGINT', () => {}) // A Ctrl-C is meant for who started us, not for the traffic.
  beBegotten(worker)
  await worker.ended
  process.exit(0)
}

function readArguments(argv: string[]) {
  const string = { type: 'string' } as const
  const options = { home: string, boot: string, index: string, host: string, port: string }
  const { values } = parseArgs({ args: argv, options })
  return {
    home: proxyHome(values.home ?? ''),
    boot: values.boot ?? '',
    index: Number(values.index),
    listen: { host: values.host ?? '', port: Number(values.port) },
  }
}

// Without a parent there is nobody to hand over the listener, and nobody who waits for us.
function beBegotten(worker: Worker): void {
  const orphaned = () => {
    worker.abandon()
    process.exit(1)
  }
  process.once('disconnect', orphaned)
  process.once('message', async (message: StartMessage, listener?: Server) => {
    process.off('disconnect', orphaned)
    try {
      await worker.start({ table: message.table, ...(listener === undefined ? {} : { listener }) })
      tell({ say: 'accepting' })
    } catch (error) {
      tell({ say: 'failed', error: factsOf(error) }, orphaned)
    }
  })
  tell({ say: 'want' })
}

function tell(message: ChildMessage, then: () => void = () => {}): void {
  if (process.connected) process.send?.(message, then)
  else then()
}
