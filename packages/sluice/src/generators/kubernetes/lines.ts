import type { Workload } from './workload.ts'

/** Lines of YAML that belong to the one above them. */
export function indented(spaces: number, lines: string[]): string[] {
  return lines.map((line) => (line === '' ? '' : ' '.repeat(spaces) + line))
}

/** What its objects are found by. Never changed: a Deployment's selector cannot be. */
export function labels({ name }: Workload): string[] {
  return ['labels:', `  app.kubernetes.io/name: ${name}`, '  app.kubernetes.io/component: web']
}

/** Its pods and nobody else's. `key` is how the object calls it. */
export function selector(key: 'selector' | 'labelSelector' | 'podSelector', app: Workload): string[] {
  return [`${key}:`, '  matchLabels:', ...indented(2, labels(app).slice(1))]
}

/** Any text as a value, in one line. JSON leaves as they are what older readers of YAML take for line breaks. */
export function quoted(text: string): string {
  const asEscape = (sign: string) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(text).replaceAll(/[\x7f-\x9f\u2028\u2029\ufeff]/g, asEscape)
}
