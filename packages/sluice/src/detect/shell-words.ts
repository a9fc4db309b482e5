/** Commands that run one after another, as words. Null where only a shell can tell what is run. */
export function commandsOf(line: string): string[][] | null {
  const commands: string[][] = [[]]
  let word: string | null = null
  for (let i = 0; i < line.length; i++) {
    const character = line[i]!
    if (/\s/.test(character)) {
      if (word !== null) commands.at(-1)!.push(word)
      word = null
    } else if (character === ';' || line.startsWith('&&', i)) {
      if (word !== null) commands.at(-1)!.push(word)
      word = null
      commands.push([])
      if (character === '&') i++
    } else if (character === "'" || character === '"') {
      const end = line.indexOf(character, i + 1)
      if (end === -1) return null
      const inside = line.slice(i + 1, end)
      if (character === '"' && /[$`\\]/.test(inside)) return null
      word = (word ?? '') + inside
      i = end
    } else if (/[$`|<>&*?()\\{}!~#]/.test(character)) {
      return null
    } else {
      word = (word ?? '') + character
    }
  }
  if (word !== null) commands.at(-1)!.push(word)
  const all = commands.filter((words) => words.length > 0)
  return all.length === 0 ? null : all
}
