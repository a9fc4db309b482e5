import type { SqlToken } from './sql-statements.ts'

/** Reads a statement from left to right. */
export class SqlWords {
  readonly #tokens: SqlToken[]
  #at = 0

  constructor(tokens: SqlToken[]) {
    this.#tokens = tokens
  }

  /** Goes past these words, whatever their case, where they all come next. */
  take(...wanted: string[]): boolean {
    if (!wanted.every((word, index) => this.#is(this.#at + index, word))) return false
    this.#at += wanted.length
    return true
  }

  /** Goes past the next such word; stays where there is none. */
  skipTo(wanted: string): boolean {
    const found = this.#tokens.findIndex((_, index) => index >= this.#at && this.#is(index, wanted))
    if (found === -1) return false
    this.#at = found + 1
    return true
  }

  /** Goes past a name, and gives its last part: `orders` of `public.orders`. */
  name(): string {
    let name = this.#tokens[this.#at++]?.text ?? ''
    while (this.#tokens[this.#at]?.text === '.') {
      name = this.#tokens[this.#at + 1]?.text ?? ''
      this.#at += 2
    }
    return name
  }

  /** Whether the word stands in what is left. */
  has(...wanted: string[]): boolean {
    return this.#tokens.some(
      (_, index) => index >= this.#at && wanted.every((word, offset) => this.#is(index + offset, word)),
    )
  }

  /** What is left, cut at the commas that stand in no brackets. */
  parts(): SqlWords[] {
    const parts: SqlToken[][] = [[]]
    let depth = 0
    for (const token of this.#tokens.slice(this.#at)) {
      if (token.text === '(') depth++
      if (token.text === ')') depth--
      if (token.text === ',' && depth === 0) parts.push([])
      else parts.at(-1)!.push(token)
    }
    return parts.map((tokens) => new SqlWords(tokens))
  }

  #is(index: number, word: string): boolean {
    const token = this.#tokens[index]
    return token?.kind === 'word' && token.text.toUpperCase() === word.toUpperCase()
  }
}
