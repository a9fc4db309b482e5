import { createServer } from 'node:net'
import { SluiceError } from '../../errors.ts'

/**
 * Below the range from which the kernel takes the near end of outgoing connections (32768 on Linux, 49152 on macOS).
 * A port from that range may be taken by a connection between our look at it and the app's own bind.
 */
const FIRST = 20_000
const LAST = 32_767

/** Instances are reached here and nowhere else. */
export const INSTANCE_HOST = '127.0.0.1'

/** The ports of this machine's instances: none is given to two of them, however close together they start. */
export class Ports {
  readonly #holders = new Map<number, string>()
  #next = FIRST + Math.floor(Math.random() * (LAST - FIRST))

  /** A free port, held until it is let go of. Throws PORT_TAKEN when the whole range is in use. */
  async reserve(holder: string): Promise<number> {
    for (let tries = 0; tries <= LAST - FIRST; tries++) {
      const port = this.#next
      this.#next = port === LAST ? FIRST : port + 1
      if (this.#holders.has(port)) continue
      this.#holders.set(port, holder)
      if (await isFree(port)) return port
      this.#holders.delete(port)
    }
    throw new SluiceError('PORT_TAKEN', `no free port between ${FIRST} and ${LAST} on ${INSTANCE_HOST}`)
  }

  /** This very port, for an app that cannot be told one. Throws PORT_TAKEN. */
  async reserveFixed(port: number, holder: string): Promise<void> {
    const other = this.#holders.get(port)
    if (other !== undefined && other !== holder) throw taken(port, `instance ${other}`)
    this.#holders.set(port, holder)
    if (await isFree(port)) return
    this.#holders.delete(port)
    throw taken(port, 'another process of this machine')
  }

  /** An instance that was found running holds its port already. */
  hold(port: number, holder: string): void {
    this.#holders.set(port, holder)
  }

  letGo(port: number, holder: string): void {
    if (this.#holders.get(port) === holder) this.#holders.delete(port)
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: INSTANCE_HOST, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

function taken(port: number, holder: string): SluiceError {
  return new SluiceError('PORT_TAKEN', `the app wants port ${port} (run.port), which ${holder} has`, {
    todo: 'Let the app listen on $PORT and remove run.port, use the strategy "recreate", or free the port.',
  })
}
