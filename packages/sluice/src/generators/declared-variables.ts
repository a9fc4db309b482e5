import type { VariablesRead, VariableUse } from '../detect/facts.ts'

/** Given by the machine, the shell, or Sluice, and nothing that an app's owner sets. */
const GIVEN =
  /^(PORT|HOME|PATH|PWD|USER|LOGNAME|SHELL|TERM|TZ|LANG|LC_\w+|TMPDIR|TEMP|TMP|HOSTNAME|CI|NO_COLOR|FORCE_COLOR|COLORTERM|DEBUG_COLORS|npm_\w+|INIT_CWD|NODE_OPTIONS|NODE_PATH|PYTHON\w+|VIRTUAL_ENV|GOPATH|GOROOT|GOFLAGS|SLUICE_\w+|WEB_CONCURRENCY|VERCEL\w*|KUBERNETES_\w+|GITHUB_\w+|DJANGO_SETTINGS_MODULE)$/

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Those of the variables which the app reads that its owner has to know of. */
export function variablesToDeclare({ variables }: VariablesRead): VariableUse[] {
  return variables.filter(({ name }) => NAME.test(name) && !GIVEN.test(name))
}

/** Judged by its name, and rather once too often: what is a secret is shown nowhere. */
export function looksSecret(name: string): boolean {
  return /(SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|PRIVATE|CREDENTIAL|API_?KEY|ACCESS_?KEY|_KEY$|_DSN$|^DSN$|SALT$|WEBHOOK|(DATABASE|REDIS|MONGO(DB)?|POSTGRES(QL)?|MYSQL|AMQP|RABBITMQ|BROKER|CACHE|DB)_?(URL|URI)$)/i.test(
    name,
  )
}
