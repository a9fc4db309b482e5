const mask = '[secret]'

/**
 * A value that cannot be shown by accident: as text, in JSON, in a template string and when inspected it is `[secret]`.
 * `reveal()` gives the value, and is easy to search for in a review.
 */
export class Secret<out Value> {
  readonly #value: Value

  constructor(value: Value) {
    this.#value = value
    Object.freeze(this)
  }

  /** The value itself. Hand it straight to what needs it. */
  reveal(): Value {
    return this.#value
  }

  toString(): string {
    return mask
  }

  toJSON(): string {
    return mask
  }

  /** What console.log shows in Node. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return mask
  }
}
