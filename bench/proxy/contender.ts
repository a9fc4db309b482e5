/** A proxy that runs, pinned to its core, in front of the two apps. */
export interface Contender {
  name: string
  port: number
  /** Everything whose processor time is the proxy's. */
  pids: number[]
  close(): Promise<void>
}

/** Shares of the two apps behind every proxy, in percent; Caddy has no weights and halves. */
export const shares: [number, number] = [90, 10]

/** The name by which the load asks for the app. */
export const host = 'shop.localhost'
