// What all of a kind begin with.
const firstLetters =
  /^(?:A[KSBC][IC]A|gh[pousr]_|github_pat_|gl[a-z]+-(?=[\w-]{20})|xox[a-z]-|[rs]k_live_|whsec_|npm_|pypi-|sk-ant-|AIza|GOCSPX-|eyJ|-----BEGIN [A-Z ]+)/

/** Enough of a secret to find it again, and too little to use it. */
export function shown(secret: string): string {
  const start = firstLetters.exec(secret)?.[0] ?? ''
  return `${start}*** of ${secret.length} characters`
}
