import { createServer, type Server } from 'node:net'
import { SluiceError } from '../errors.ts'
import { portOwner } from '../host/listening-ports.ts'
import type { ListenAddress } from './worker-control.ts'

/** What every data socket must be: a client that ends its side still gets its answer, and nothing waits for more bytes. */
const dataSockets = { allowHalfOpen: true, noDelay: true, pauseOnConnect: false }

/** Where more connections wait than a burst brings while all workers are busy. */
const backlog = 4096

/**
 * Binds the address, or takes over the listener that a parent handed to us.
 * `onListening` runs in the turn in which accepting begins, before the first connection can come.
 * Throws PORT_TAKEN with who has it.
 */
export function openListener(
  address: ListenAddress,
  handed: Server | undefined,
  onListening: (server: Server, port: number) => void,
): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(dataSockets)
    // Stays on: an accept that fails later (no descriptors left) must not end the worker.
    server.on('error', (error) => void bindFailure(address, error).then(reject))
    server.once('listening', () => {
      onListening(server, boundPort(server))
      resolve(server)
    })
    // The received server has Node's default options, so its handle moves into one that has ours.
    if (handed !== undefined) server.listen(handed, backlog)
    else server.listen({ host: address.host, port: address.port, backlog })
  })
}

function boundPort(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function bindFailure(
  { host, port }: ListenAddress,
  cause: NodeJS.ErrnoException,
): Promise<SluiceError> {
  if (cause.code === 'EADDRINUSE') return portTaken(host, port, cause)
  if (cause.code === 'EACCES') {
    const todo = `Use a port from 1024 on, or allow this one: sudo setcap cap_net_bind_service=+ep ${process.execPath}`
    return new SluiceError('START_FAILED', `the proxy may not listen on ${host}:${port}`, { todo, cause })
  }
  return new SluiceError('START_FAILED', `the proxy cannot listen on ${host}:${port}: ${cause.message}`, {
    cause,
  })
}

async function portTaken(host: string, port: number, cause: Error): Promise<SluiceError> {
  const owner = await portOwner(port).catch(() => null)
  const by = owner === null ? 'by another process' : `by pid ${owner.pid} (${owner.command})`
  return new SluiceError(
    'PORT_TAKEN',
    `the proxy wants to listen on ${host}:${port}, and port ${port} is taken ${by}`,
    {
      todo: 'End that process, or choose another port: SLUICE_LISTEN=8081, or "listen" in agent.yaml in SLUICE_HOME.',
      cause,
    },
  )
}
