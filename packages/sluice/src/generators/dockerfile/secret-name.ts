/** Why a variable is taken for a secret; null where it is none: a path to one, or something that is public by its name. */
export function secretOf(name: string, value: string | null): string | null {
  if (
    /(?:^|_)(?:FILE|PATH|DIR|URL|NAME|ID|TTL|EXPIRY|LENGTH|ALGORITHM|HEADER)$/i.test(name) ||
    /PUBLIC/i.test(name)
  )
    return null
  const isNamed =
    /(?:^|_)(?:SECRET|SECRETS|TOKEN|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|SECRET_?KEY|AUTH_?TOKEN)(?:_|$)/i.test(
      name,
    )
  if (isNamed) return 'its name'
  return value !== null &&
    /^(?:ghp_|github_pat_|AKIA[0-9A-Z]{12}|sk_live_|xox[bp]-|npm_[A-Za-z0-9]{20})/.test(value)
    ? 'its value'
    : null
}
