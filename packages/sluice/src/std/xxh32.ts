const PRIME_1 = 0x9e3779b1
const PRIME_2 = 0x85ebca77
const PRIME_3 = 0xc2b2ae3d
const PRIME_4 = 0x27d4eb2f
const PRIME_5 = 0x165667b1

const encoder = new TextEncoder()
let scratch = new Uint8Array(256)

/**
 * xxHash32 of the UTF-8 bytes of `text`, as an unsigned 32-bit number.
 * The same as HAProxy's `xxh32(0)`, so that both drivers put a user into the same bucket.
 * Algorithm: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
 */
export function xxh32(text: string, seed = 0): number {
  if (scratch.length < text.length * 3) scratch = new Uint8Array(text.length * 3)
  const { written } = encoder.encodeInto(text, scratch)
  return xxh32OfBytes(scratch, written, seed)
}

function xxh32OfBytes(bytes: Uint8Array, length: number, seed: number): number {
  let hash = length >= 16 ? stripes(bytes, length, seed) : (seed + PRIME_5) | 0
  hash = (hash + length) | 0
  let at = length & ~15
  for (; at + 4 <= length; at += 4) {
    hash = (hash + Math.imul(word(bytes, at), PRIME_3)) | 0
    hash = Math.imul(rotateLeft(hash, 17), PRIME_4)
  }
  for (; at < length; at++) {
    hash = (hash + Math.imul(bytes[at]!, PRIME_5)) | 0
    hash = Math.imul(rotateLeft(hash, 11), PRIME_1)
  }
  return avalanche(hash)
}

function stripes(bytes: Uint8Array, length: number, seed: number): number {
  let a = (seed + PRIME_1 + PRIME_2) | 0
  let b = (seed + PRIME_2) | 0
  let c = seed | 0
  let d = (seed - PRIME_1) | 0
  for (let at = 0; at + 16 <= length; at += 16) {
    a = round(a, word(bytes, at))
    b = round(b, word(bytes, at + 4))
    c = round(c, word(bytes, at + 8))
    d = round(d, word(bytes, at + 12))
  }
  return (rotateLeft(a, 1) + rotateLeft(b, 7) + rotateLeft(c, 12) + rotateLeft(d, 18)) | 0
}

function round(lane: number, input: number): number {
  return Math.imul(rotateLeft((lane + Math.imul(input, PRIME_2)) | 0, 13), PRIME_1)
}

function avalanche(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 15), PRIME_2)
  hash = Math.imul(hash ^ (hash >>> 13), PRIME_3)
  return (hash ^ (hash >>> 16)) >>> 0
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}
