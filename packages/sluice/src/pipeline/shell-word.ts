/** A word for a shell. Line breaks are the caller's to refuse. */
export function shellWord(word: string): string {
  return /^[\w.@:+/=][\w.@:+/=-]*$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
