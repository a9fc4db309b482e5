const space = 0x20
const longestMessage = 65_536
const longestLength = String(longestMessage).length

/** Cuts a stream of `LENGTH SP MESSAGE` into its messages; pieces may end anywhere. Throws on what is no such stream. */
export function framedMessages(onMessage: (text: string) => void): (piece: Buffer) => void {
  let rest = Buffer.alloc(0)
  return (piece) => {
    let bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    for (;;) {
      const end = bytes.indexOf(space)
      if (end < 0 && bytes.length <= longestLength) break
      const length = Number(bytes.toString('latin1', 0, end))
      if (end < 1 || !Number.isInteger(length) || length > longestMessage)
        throw new Error(`no length of a log message: ${bytes.toString('latin1', 0, 20)}`)
      if (bytes.length < end + 1 + length) break
      onMessage(bytes.toString('utf8', end + 1, end + 1 + length).trimEnd())
      bytes = bytes.subarray(end + 1 + length)
    }
    rest = Buffer.from(bytes)
  }
}
