/** A name as `app:` in sluice.yaml wants it: of what a manifest says, else of the folder, else `app`. */
export function appName(...wanted: (string | null | undefined)[]): string {
  for (const one of wanted) {
    const name = plain(one ?? '')
    if (name !== '') return name
  }
  return 'app'
}

function plain(wanted: string): string {
  return wanted
    .slice(0, 400)
    .replace(/^@[^/]*\//, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, 40)
    .replace(/-$/, '')
}

/** The same names, with those that come twice told apart by their folder or a number. */
export function withUniqueNames<T extends { name: string; folder: string }>(apps: T[]): T[] {
  const taken = new Map<string, string>()
  return apps.map((app) => {
    let name = app.name
    // Two stacks of one folder are one app with a question, not two.
    if (taken.get(name) !== undefined && taken.get(name) !== app.folder) name = appName(app.folder, app.name)
    for (let i = 2; taken.get(name) !== undefined && taken.get(name) !== app.folder; i++) {
      name = `${app.name.slice(0, 36)}-${i}`
    }
    taken.set(name, app.folder)
    return { ...app, name }
  })
}
