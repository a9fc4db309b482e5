/** A whole head, request or response, with its blank line. */
export const MAX_HEAD_BYTES = 64 * 1024
/** Request line or status line, without its line end. */
export const MAX_START_LINE_BYTES = 8 * 1024
export const MAX_FIELDS = 128
export const MAX_TRAILER_BYTES = 8 * 1024
export const MAX_TRAILER_FIELDS = 32
/** Digits of a chunk's size that count: 4 GiB - 1 at most. */
export const MAX_CHUNK_DIGITS = 8
/** Digits of a chunk's size with leading zeros. */
export const MAX_CHUNK_DIGITS_IN_ALL = 16
export const MAX_EXTENSION_BYTES = 256
/** Over all chunks of one body. */
export const MAX_EXTENSIONS_BYTES = 4 * 1024
