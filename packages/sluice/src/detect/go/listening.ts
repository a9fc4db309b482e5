import type { Concluded } from '../facts.ts'
import { lineAt } from '../place.ts'
import type { GoFile } from './go-file.ts'

interface Listening {
  port: Concluded<number> | null
  readsPort: boolean
}

/** Where a server listens, by the code of its files, those that are likeliest to say so first. */
export function listeningOf(files: GoFile[]): Listening {
  const fallback = firstOf(files, fallbacks)
  const readsPort = files.some(({ code }) => readsIt.test(code)) || fallback !== null
  return { port: fallback ?? firstOf(files, literals), readsPort }
}

/** Whether there is a server in the code. That it reads PORT shows none: a package of settings is everybody's. */
export function isServer(files: GoFile[]): boolean {
  return files.some(({ code }) => serves.some((pattern) => pattern.test(code)))
}

const serves = [
  /\b(?:ListenAndServe(?:TLS)?|net\.Listen)\(/,
  /\.(?:Run|RunTLS|Start|StartTLS|Listen)\(\s*(?:(?:fmt\.Sprintf\()?"[^"\n]*:|[\w.]*(?:[aA]ddr|[pP]ort))/,
  /\bgin\.(?:Default|New)\(\)[\s\S]*?\.Run\(\s*\)/,
]

// `os.Getenv("PORT")`, `LookupEnv`, and the tags of libraries that fill a struct.
const readsIt = /\b(?:Getenv|LookupEnv)\(\s*"PORT"\s*\)|\b(?:env|envconfig):"PORT\b/

type Shape = { pattern: RegExp; port: (match: RegExpExecArray) => number | null; says: string }

const fallbacks: Shape[] = [
  // `env("PORT", "3000")`, with whatever more: a default stands in quotes, or first.
  {
    pattern: /\(\s*"PORT"\s*,([^()\n]*)\)/g,
    port: ([, rest = '']) =>
      portIn(/"(\d+)"/.exec(rest)?.[1]) ?? portIn(/(?:^|[\s,])(\d+)(?=\s*(?:,|$))/.exec(rest)?.[1]),
    says: 'without PORT it listens on',
  },
  {
    pattern: /\b(?:env|envconfig):"PORT\b[^`\n]*\b(?:envDefault|default|env-default):"(\d+)"/g,
    port: ([, port]) => portIn(port),
    says: 'without PORT it listens on',
  },
  // `port := os.Getenv("PORT")`, and soon after it `port = "8080"`.
  {
    pattern: /\b(?:Getenv|LookupEnv)\(\s*"PORT"\s*\)[\s\S]{0,200}?=\s*"?:?(\d{2,5})"?\s*\n/g,
    port: ([, port]) => portIn(port),
    says: 'without PORT it listens on',
  },
  // Gin's own rule.
  {
    pattern: /\bgin\.(?:Default|New)\(\)[\s\S]*?\.Run\(\s*\)/g,
    port: () => 8080,
    says: 'without PORT gin listens on',
  },
]

const literals: Shape[] = [
  {
    pattern:
      /\b(?:ListenAndServe(?:TLS)?|Run|RunTLS|Start|StartTLS|Listen)\(\s*(?:"tcp[46]?"\s*,\s*)?"[\w.[\]]*:(\d{1,5})"/g,
    port: ([, port]) => portIn(port),
    says: 'it listens on',
  },
  { pattern: /\bAddr:\s*"[\w.[\]]*:(\d{1,5})"/g, port: ([, port]) => portIn(port), says: 'it listens on' },
  {
    pattern:
      /\bflag\.\w+\((?:&\w+\s*,\s*)?\s*"(?:port|addr|listen|http|bind)[\w.-]*"\s*,\s*"?(?:[\w.]*:)?(\d{2,5})"?/g,
    port: ([, port]) => portIn(port),
    says: 'its flag is by default',
  },
  {
    pattern:
      /\b(?:port|addr|address|listenAddr|httpPort)\s*(?::=|=|\bstring\s*=)\s*"(?:[\w.]*:)?(\d{2,5})"/gi,
    port: ([, port]) => portIn(port),
    says: 'it names the port',
  },
]

function firstOf(files: GoFile[], shapes: Shape[]): Concluded<number> | null {
  for (const { pattern, port, says } of shapes) {
    for (const { path, code } of files) {
      for (const match of code.matchAll(pattern)) {
        const value = port(match as RegExpExecArray)
        if (value === null) continue
        return { value, from: { file: path, line: lineAt(code, match.index + 1), says: `${says} ${value}` } }
      }
    }
  }
  return null
}

function portIn(text: string | undefined): number | null {
  const port = Number(text)
  return Number.isInteger(port) && port >= 80 && port < 65_535 ? port : null
}
