/** Bytes that a unix socket's path may have on any system we run on: macOS takes 104 with the closing zero. */
export const longestSocketPath = 103
