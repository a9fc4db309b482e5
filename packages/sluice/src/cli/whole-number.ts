import { InvalidArgumentError } from 'commander'

/** A count from the command line. */
export function wholeNumber(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('A whole number is wanted.')
}
