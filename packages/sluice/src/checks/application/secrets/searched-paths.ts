// Pictures, archives, what is locked or minified or recorded: large, and nobody writes a secret there by hand.
const skipped =
  /\.(?:png|jpe?g|gif|webp|avif|ico|svg|woff2?|ttf|otf|eot|mp[34]|webm|mov|pdf|zip|t?gz|br|zst|jar|wasm|so|node|exe|bin|dat|db|sqlite3?|parquet|csv|tsv|map|lock|lockb|snap|po|mo|min\.(?:js|css))$|(?:^|\/)(?:package-lock|npm-shrinkwrap)\.json$|(?:^|\/)(?:pnpm-lock\.yaml|go\.sum|\.secrets\.baseline|\.gitleaksignore)$/i

/** Whether a secret of a person's would stand in a file, by its path. */
export function isSearched(path: string): boolean {
  return !skipped.test(path)
}

const foreign =
  /(?:^|\/)(?:node_modules|bower_components|vendor|site-packages|__pycache__|\.yarn|\.?venv|\.next|\.nuxt|\.output|\.svelte-kit|\.terraform|\.cache|dist|coverage|testdata)\//

/** Whether a file was installed, generated or cached where it lay; `files.paths` has none of these. */
export function isForeign(path: string): boolean {
  return foreign.test(path)
}
