import { freePort } from '../../host/free-port.ts'
import { readJson, writeJson } from '../../host/json-file.ts'
import type { HaproxyHome } from './home.ts'

/** Where clients come in. */
export interface Doors {
  /** Port 0: any free one, and the same ever after. */
  listen: { host: string; port: number }
  /** `certificates`: a PEM file, or a folder of them. */
  tls: { listen: { host: string; port: number }; certificates: string } | null
}

/** The doors with the port that HAProxy has in this home: it cannot be asked for any free one. */
export async function openDoors({ port: file }: HaproxyHome, { listen, tls }: Doors): Promise<Doors> {
  if (listen.port !== 0) return { listen, tls }
  const port = (await readJson<number>(file)) ?? (await freePort())
  await writeJson(file, port, { durable: true })
  return { listen: { ...listen, port }, tls }
}
