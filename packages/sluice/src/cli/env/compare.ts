import type { EnvSchema } from '../../config/env-schema.ts'
import type { VariablesRead, VariableUse } from '../../detect/facts.ts'
import { variablesToDeclare } from '../../generators/declared-variables.ts'
import { nearest } from '../../std/nearest.ts'

/** What code and schema know of each other. */
export interface Comparison {
  /** Read, and not declared: nobody checks them, and nobody who deploys the app knows of them. */
  undeclared: { use: VariableUse; near: string | null }[]
  /** Declared, and read nowhere that can be seen. */
  unused: string[]
  /** Places whose names nobody can tell by reading. */
  dynamic: VariablesRead['dynamic']
  unread: VariablesRead['unread']
}

export function compare({ variables }: EnvSchema, read: VariablesRead): Comparison {
  const names = new Set(read.variables.map(({ name }) => name))
  const unused = [...variables.keys()].filter((name) => !names.has(name) && name !== 'PORT')
  const undeclared = variablesToDeclare(read).filter(({ name }) => !variables.has(name))
  return {
    undeclared: undeclared.map((use) => ({ use, near: nearest(use.name, unused) })),
    unused,
    dynamic: read.dynamic,
    unread: read.unread,
  }
}
