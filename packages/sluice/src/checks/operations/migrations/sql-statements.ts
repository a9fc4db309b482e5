import { lineAt } from '../../look/files.ts'

/** A word, a sign or a text in a statement. */
export interface SqlToken {
  /** Names without their quotes. */
  text: string
  kind: 'word' | 'name' | 'text' | 'sign'
}

export interface SqlStatement {
  tokens: SqlToken[]
  /** From 1. */
  line: number
}

/** What goes back again, as goose, sql-migrate, dbmate and node-pg-migrate mark it. */
const BACK = /^--\s*(?:\+goose\s+down|\+migrate\s+down|migrate:down|down migration)\b[\s\S]*/im

const TOKEN =
  /--[^\n]*|\/\*[\s\S]*?\*\/|(\$\w*\$)[\s\S]*?\1|[eEnN]?'(?:''|\\.|[^'\\])*'|"(?:""|[^"])*"|`[^`]*`|\[[A-Za-z_][^\]\n]*\]|[A-Za-z_][\w$]*|\d[\w.]*|[^\s]/g

/** The statements of a script, without comments and without what undoes it. What is in dollar quotes is one text. */
export function sqlStatements(script: string): SqlStatement[] {
  const forward = script.replace(BACK, '')
  const statements: SqlStatement[] = []
  let open: SqlStatement | null = null
  for (const { 0: written, index } of forward.matchAll(TOKEN)) {
    if (written.startsWith('--') || written.startsWith('/*')) continue
    if (written === ';') {
      open = null
      continue
    }
    if (open === null) {
      open = { tokens: [], line: lineAt(forward, index) }
      statements.push(open)
    }
    open.tokens.push(tokenOf(written))
  }
  return statements
}

function tokenOf(written: string): SqlToken {
  if (/^(?:[eEnN]?'|\$\w*\$)/.test(written)) return { kind: 'text', text: written }
  if (/^["`[]/.test(written) && written.length > 1) return { kind: 'name', text: written.slice(1, -1) }
  return { kind: /^[A-Za-z_]/.test(written) ? 'word' : 'sign', text: written }
}
