type Ranges = Record<string, string>

const kinds = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']

/**
 * What package.json wants and package-lock.json was not made for, as `npm ci` would refuse it: `express ^5 (locked for ^4)`.
 * Null where the lockfile is none of version 2 or 3, or is broken (docs.npmjs.com, package-lock.json, `packages`). `folder` is
 * where the manifest of a workspace's member lies, seen from the lockfile.
 */
export function npmLockfileGaps(
  manifestText: string | null,
  lockText: string | null,
  folder = '',
): string[] | null {
  const [manifest, lock] = [objectIn(manifestText), objectIn(lockText)]
  const packages = lock?.packages as Record<string, unknown> | undefined
  if (manifest === null || packages === undefined || !isObject(packages[''])) return null
  // A member that is not there yet is locked for nothing.
  const known = packages[folder] ?? {}
  if (!isObject(known)) return null
  return kinds.flatMap((kind) => {
    const wanted = (manifest[kind] ?? {}) as Ranges
    const locked = (known[kind] ?? {}) as Ranges
    // npm moves what is named in both to the optional ones.
    const optional = kind === 'dependencies' ? ((manifest.optionalDependencies ?? {}) as Ranges) : {}
    const names = [...new Set([...Object.keys(wanted), ...Object.keys(locked)])]
    return names.flatMap((name) => {
      if (wanted[name] === locked[name] || name in optional) return []
      return [`${name} ${wanted[name] ?? 'is not wanted'} (locked for ${locked[name] ?? 'nothing'})`]
    })
  })
}

function objectIn(text: string | null): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
