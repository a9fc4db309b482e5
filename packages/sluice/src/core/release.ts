/** `r7`: numbered per app, never reused. */
export type ReleaseId = string

/** `shop/production`: app and environment, the unit that has one writer. */
export type EnvironmentId = string

/** Milliseconds since the Unix epoch, always handed in. */
export type Ms = number
