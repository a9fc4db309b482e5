/** Whether a folder is that of a path, or above it; `.` holds everything. */
export function holds(folder: string, path: string): boolean {
  return folder === '.' || path === folder || path.startsWith(`${folder}/`)
}

/** The nearest of the folders that hold a path, or of the modules that a package is of; null where none does. */
export function nearestHolding(path: string, folders: Iterable<string>): string | null {
  const holding = [...folders].filter((folder) => holds(folder, path))
  return holding.sort((a, b) => b.length - a.length)[0] ?? null
}
