/** What JSON Schema says of one variable: only keywords that `sluice env` reads. */
export interface Keywords {
  type: 'string' | 'integer' | 'number' | 'boolean'
  enum?: readonly string[]
  /** Characters, as JSON Schema counts them: code points. */
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  /** A regular expression without lookaround, so that Go's reads it too. */
  pattern?: string
  format?: 'uri' | 'email'
}

/** What became of a text: its value, or what should have stood there. Neither `wanted` nor `note` holds any of the text. */
export type Reading<Value> = { value: Value } | Unfit

export interface Unfit {
  /** A noun phrase where it is more than the kind's own. */
  wanted?: string
  /** What a schema of another library says of it; may hold the text, so it is only shown after a look at it. */
  said?: string
}

/** Not what the kind wants, and nothing more to say. */
export const unfit: Unfit = Object.freeze({})

/** How the text of a variable is read, and how that is told to people and to other programs. */
export interface Kind<Value> {
  /** Completes "wanted …": a noun phrase. */
  wanted: string
  /** Does not throw. A promise only where a schema of another library takes its time. */
  read: (text: string) => Reading<Value> | Promise<Reading<Value>>
  /** The text that reads as `value`, a default in the code; null where none does. */
  write: (value: unknown) => string | null
  keywords: Keywords
}

/** The `write` of kinds whose default is given as text. */
export function writeText(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
