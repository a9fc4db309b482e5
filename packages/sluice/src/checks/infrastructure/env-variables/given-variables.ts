/** Given by the machine, the shell, the runtime or Sluice: no owner of an app sets them. */
const given =
  /^(?:PORT|HOME|PATH|PWD|USER|LOGNAME|SHELL|TERM|TZ|LANG|LC_\w+|TMPDIR|TEMP|TMP|HOSTNAME|CI|NO_COLOR|FORCE_COLOR|COLORTERM|DEBUG_COLORS|npm_\w+|INIT_CWD|NODE_(?:ENV|OPTIONS|PATH)|PYTHON\w+|VIRTUAL_ENV|GOPATH|GOROOT|GOFLAGS|GOMAXPROCS|GOMEMLIMIT|SLUICE_\w+|WEB_CONCURRENCY|VERCEL\w*|KUBERNETES_\w+|GITHUB_\w+|DJANGO_SETTINGS_MODULE)$/

/** Whether the app's owner has to know of it. */
export function isDeclarable(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !given.test(name)
}
