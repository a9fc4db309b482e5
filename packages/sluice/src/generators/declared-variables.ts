import type { VariablesRead, VariableUse } from '../detect/facts.ts'
import { isDeclarable } from '../detect/variables/declarable.ts'

/** Those of the variables which the app reads that its owner has to know of. */
export function variablesToDeclare({ variables }: VariablesRead): VariableUse[] {
  return variables.filter(({ name }) => isDeclarable(name))
}

/** Judged by its name, and rather once too often: what is a secret is shown nowhere. */
export function looksSecret(name: string): boolean {
  return /(SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|PRIVATE|CREDENTIAL|API_?KEY|ACCESS_?KEY|_KEY$|_DSN$|^DSN$|SALT$|WEBHOOK|(DATABASE|REDIS|MONGO(DB)?|POSTGRES(QL)?|MYSQL|AMQP|RABBITMQ|BROKER|CACHE|DB)_?(URL|URI)$)/i.test(
    name,
  )
}
