/** A block and what is in it, indented. */
export function block(head: string, lines: string[]): string[] {
  return [`${head} {`, ...lines.map((line) => (line === '' ? '' : `  ${line}`)), '}']
}

/** A call with named arguments. */
export function call(name: string, options: Record<string, string | number>): string {
  const given = Object.entries(options).map(
    ([key, value]) => `${key}: ${typeof value === 'number' ? value : text(value)}`,
  )
  return `${name}(${given.join(', ')})`
}

/** A word in which nothing means anything. */
export function text(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`
}

/** A shell script as a step, so that Groovy hands it on as it is written. */
export function shell(script: string): string[] {
  if (!/['\n\\]/.test(script)) return [`sh ${text(script)}`]
  const lines = script.replaceAll('\\', '\\\\').replaceAll("'''", "\\'\\'\\'").split('\n')
  return [`sh '''`, ...lines.map((line) => (line === '' ? '' : `  ${line}`)), `'''`]
}
