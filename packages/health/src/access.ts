import { createHash, timingSafeEqual } from 'node:crypto'
import type { HealthRequest } from './health-request.ts'

/** Who may see the details. Without a token and without `allow` nobody may. */
export interface DetailAccess {
  /** Expected as `Authorization: Bearer …`; an empty one opens nothing. */
  token?: string | undefined
  /** Lets in whoever it says, the internal listener for instance. Throwing is refusing. */
  allow?: (request: HealthRequest) => boolean | Promise<boolean>
}

export async function maySeeDetail(access: DetailAccess, request: HealthRequest): Promise<boolean> {
  const { token, allow } = access
  if (token && isBearerOf(token, request.headers.authorization)) return true
  try {
    return (await allow?.(request)) === true
  } catch {
    return false
  }
}

function isBearerOf(token: string, authorization: string | string[] | undefined): boolean {
  const given = typeof authorization === 'string' ? /^bearer +(\S+)$/i.exec(authorization)?.[1] : undefined
  // Hashes are equally long, so the comparison tells neither the length of the token nor how much of it was right.
  return given !== undefined && timingSafeEqual(sha256(given), sha256(token))
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
