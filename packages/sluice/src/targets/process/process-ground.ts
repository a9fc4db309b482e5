import { SluiceError } from '../../errors.ts'
import type { Exit, Ground } from '../fleet/body.ts'
import type { ReleaseSpec } from '../target.ts'
import { startProcess } from './instance-process.ts'
import type { Machine } from './machine.ts'
import { INSTANCE_HOST } from './ports.ts'
import { bodyOf } from './process-body.ts'
import { findRemains } from './remains.ts'

/** Instances as groups of processes of this machine. */
export function processGround(machine: Machine): Ground {
  const { ports, ours } = machine
  return {
    words: {
      body: 'the process',
      listenHost: INSTANCE_HOST,
      started: ({ command }) => shown(command),
      todoAfterExit,
    },

    refuse({ release, port }, count) {
      if (port !== undefined && count > 1) throw onlyOne(release, port, count)
    },

    // A fixed port is free only when whoever had the slot before has gone.
    waitsForPredecessor: ({ port }) => port !== undefined,

    async reserve({ port }, instance) {
      if (port === undefined) return { host: INSTANCE_HOST, port: await ports.reserve(instance) }
      await ports.reserveFixed(port, instance)
      return { host: INSTANCE_HOST, port }
    },

    letGo({ id, port }) {
      if (port !== undefined) ports.letGo(port, id)
    },

    async start({ spec, record, folder }) {
      return bodyOf({ record, folder, process: await startProcess({ spec, record, folder, ours }) }, machine)
    },

    find: (spec, instancesFolder) => findRemains(instancesFolder, spec, machine),

    // Everything that a process leaves is in its folder.
    async forget() {},
  }
}

function todoAfterExit({ code, signal }: Exit, { command, folder }: ReleaseSpec): string | undefined {
  if (signal === 'SIGKILL')
    return 'See whether the kernel ended it for want of memory: journalctl -k | grep -i oom'
  if (code === 127) return `Is the command there? ${shown(command)} runs in ${folder}.`
  if (code === 125) return 'The launcher could not write into the state folder: is the disk full?'
  return undefined
}

function shown(command: string | string[]): string {
  return `"${typeof command === 'string' ? command : command.join(' ')}"`
}

function onlyOne(release: string, port: number, count: number): SluiceError {
  const message = `${count} instances of ${release} are wanted, and all of them want port ${port} (run.port)`
  const todo = 'Let the app listen on $PORT and remove run.port, or set instances: 1.'
  return new SluiceError('START_FAILED', message, { todo })
}
