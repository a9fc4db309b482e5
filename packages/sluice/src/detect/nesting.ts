// The parser and the walk go down by calling themselves. The parser is native code, and where its stack ends the whole
// process ends with it: seen from 2,000 brackets, or 10,000 of what opens without one, such as `a ? b : c ? d : …`.
const MOST_BRACKETS = 1_000
const MOST_CHAINED = 4_000

const TOKENS =
  /[()[\]{};,?=<!~*@]|\w:|\n(?=(?:const|let|var|export|import|return)\b)|\b(?:if|else|for|while|do|with|new|await|yield|extends|keyof|typeof|readonly)\b/g
// `; else`, `} : `: what ends here is part of something longer.
const GOES_ON = /^\s*(?:else\b|[:?=])/

/**
 * True for text whose nesting might be too much for a parser. An estimate that knows no strings and no comments, so it
 * can be wrong, and then is only in text that no person wrote.
 */
export function nestsTooDeeply(text: string): boolean {
  // With what was open before each bracket, and is again after it.
  const brackets: { opener: string; before: number }[] = []
  let chained = 0
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    const goesOn = () => GOES_ON.test(text.slice(index + 1, index + 40))
    const inner = brackets.at(-1)
    if (token === '(' || token === '[' || token === '{') brackets.push({ opener: token, before: chained })
    else if (token === ')' || token === ']' || token === '}') {
      brackets.pop()
      chained = inner?.before ?? 0
      if (token === '}' && !goesOn()) chained = brackets.at(-1)?.before ?? 0
    } else if (token === ',' || token === '\n') chained = inner?.before ?? 0
    else if (token === ';') {
      // Those of `for (;;)` end nothing.
      if (inner?.opener !== '(' && !goesOn()) chained = inner?.before ?? 0
    } else chained++
    if (brackets.length > MOST_BRACKETS || chained > MOST_CHAINED) return true
  }
  return false
}
