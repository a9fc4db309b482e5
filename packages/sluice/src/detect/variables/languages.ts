import type { Reading } from './found.ts'

/** Reads one file's text, whose name says what it is written in. Parsed only where `mayRead` finds a sign of use. */
interface Language {
  /** One of these is in every file that reads anything: looked for in its bytes, which costs next to nothing. */
  signs: string[]
  mayRead: (text: string) => boolean
  /** Loads the parser: a project in one language need not wait for those of the others. */
  load: () => Promise<(file: string, text: string) => Reading>
}

const javascript: Language = {
  signs: ['env'],
  mayRead: (text) => /\benv\b/.test(text) && /\bprocess\b|\bmeta\b|\bBun\b|\bDeno\b|Env\b|\$env\b/.test(text),
  load: async () => (await import('./javascript/javascript.ts')).readJavascript,
}

const components: Language = {
  signs: ['env'],
  mayRead: javascript.mayRead,
  load: async () => (await import('./javascript/components.ts')).readComponent,
}

const python: Language = {
  signs: ['environ', 'getenv', 'decouple', 'BaseSettings', 'starlette', 'dj_database_url', 'import env'],
  mayRead: (text) => /environ|getenv|decouple|BaseSettings|starlette|dj_database_url|import env\b/.test(text),
  load: async () => (await import('./python/python.ts')).readPython,
}

const go: Language = {
  signs: ['"os"', '`os`', '"syscall"', '`syscall`', 'viper', 'env'],
  mayRead: (text) => /"os"|`os`|"syscall"|`syscall`|spf13\/viper|\benv(?:config|Prefix)?:\\?"/.test(text),
  load: async () => (await import('./go/go.ts')).readGo,
}

const byEnding = new Map<string, Language>([
  ...['js', 'mjs', 'cjs', 'jsx', 'ts', 'mts', 'cts', 'tsx'].map((ending) => [ending, javascript] as const),
  ...['vue', 'svelte', 'astro'].map((ending) => [ending, components] as const),
  ['py', python],
  ['go', go],
])

/** Null: not a file that is read. What is only types, or made by a minifier, reads nothing that its source does not. */
export function languageOf(name: string): Language | null {
  if (/\.min\.[cm]?js$|\.d\.[cm]?ts$/.test(name)) return null
  const dot = name.lastIndexOf('.')
  return dot < 0 ? null : (byEnding.get(name.slice(dot + 1)) ?? null)
}
