/** What a field means to the proxy. A number each, so that the hot path neither hashes nor lower-cases names. */
export const OTHER = 0
export const HOST = 1
export const CONTENT_LENGTH = 2
export const TRANSFER_ENCODING = 3
export const CONNECTION = 4
export const UPGRADE = 5
export const KEEP_ALIVE = 6
export const EXPECT = 7
export const TRAILER = 8
/** Meant for the next hop alone, and of no use to us. */
export const HOP_BY_HOP = 9
export const FORWARDED_FOR = 10
export const FORWARDED_PROTO = 11
export const FORWARDED_HOST = 12
export const FORWARDED_PORT = 13
/** Says who the client is in another way: `Forwarded`, `X-Real-IP`. */
export const FORWARDED_OTHERWISE = 14
/** `X_Forwarded_For` and the like: CGI and WSGI cannot tell them from the real ones. */
export const FORWARDED_LOOKALIKE = 15
export const REQUEST_ID = 16
/** Speaks to the proxy itself; no app ever sees it. */
export const OURS = 17
export const CONTENT_TYPE = 18

const kinds: Record<string, number> = {
  host: HOST,
  'content-length': CONTENT_LENGTH,
  'transfer-encoding': TRANSFER_ENCODING,
  connection: CONNECTION,
  upgrade: UPGRADE,
  'keep-alive': KEEP_ALIVE,
  expect: EXPECT,
  trailer: TRAILER,
  te: HOP_BY_HOP,
  'proxy-connection': HOP_BY_HOP,
  'proxy-authorization': HOP_BY_HOP,
  'proxy-authenticate': HOP_BY_HOP,
  'x-forwarded-for': FORWARDED_FOR,
  'x-forwarded-proto': FORWARDED_PROTO,
  'x-forwarded-host': FORWARDED_HOST,
  'x-forwarded-port': FORWARDED_PORT,
  forwarded: FORWARDED_OTHERWISE,
  'x-real-ip': FORWARDED_OTHERWISE,
  'x-request-id': REQUEST_ID,
  'x-sluice-token': OURS,
  'x-sluice-release': OURS,
  'x-sluice-drill': OURS,
  'content-type': CONTENT_TYPE,
}

interface KnownName {
  lowerCase: Uint8Array
  kind: number
  /** The kind of the same name spelt with `_` for `-`. */
  lookalike: number
}

const knownByLength = groupByLength()

/** The kind of the field name in [start, end), which must be a token. */
export function kindOf(bytes: Uint8Array, start: number, end: number): number {
  const known = knownByLength[end - start]
  if (known === undefined) return OTHER
  for (let i = 0; i < known.length; i++) {
    const kind = kindIfNamed(known[i]!, bytes, start)
    if (kind !== OTHER) return kind
  }
  return OTHER
}

function kindIfNamed(name: KnownName, bytes: Uint8Array, start: number): number {
  let kind = name.kind
  for (let i = 0; i < name.lowerCase.length; i++) {
    const byte = bytes[start + i]!
    const wanted = name.lowerCase[i]!
    // 0x20 makes capitals small and maps no other byte of a token onto a letter or `-`.
    if ((byte | 0x20) === wanted) continue
    if (byte !== 0x5f || wanted !== 0x2d) return OTHER
    kind = name.lookalike
  }
  return kind
}

function groupByLength(): (KnownName[] | undefined)[] {
  const groups: (KnownName[] | undefined)[] = new Array(20).fill(undefined)
  for (const [name, kind] of Object.entries(kinds)) {
    const lookalike = kind >= FORWARDED_FOR && kind <= FORWARDED_OTHERWISE ? FORWARDED_LOOKALIKE : OTHER
    const group = groups[name.length] ?? []
    group.push({ lowerCase: Buffer.from(name), kind, lookalike })
    groups[name.length] = group
  }
  return groups
}
