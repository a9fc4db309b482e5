/** Given by the machine, the shell, or Sluice, and nothing that an app's owner sets. */
const GIVEN =
  /^(PORT|HOME|PATH|PWD|USER|LOGNAME|SHELL|TERM|TZ|LANG|LC_\w+|TMPDIR|TEMP|TMP|HOSTNAME|CI|NO_COLOR|FORCE_COLOR|COLORTERM|DEBUG_COLORS|npm_\w+|INIT_CWD|NODE_OPTIONS|NODE_PATH|PYTHON\w+|VIRTUAL_ENV|GOPATH|GOROOT|GOFLAGS|SLUICE_\w+|WEB_CONCURRENCY|VERCEL\w*|KUBERNETES_\w+|GITHUB_\w+|DJANGO_SETTINGS_MODULE)$/

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Whether a variable is one that the app's owner has to know of. */
export function isDeclarable(name: string): boolean {
  return NAME.test(name) && !GIVEN.test(name)
}
