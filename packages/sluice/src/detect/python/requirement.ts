/** A requirement by PEP 508: `uvicorn[standard]>=0.30 ; python_version > "3.9"`. */
export interface Requirement {
  /** As pip normalises it: `Django_Stubs` is `django-stubs`. */
  name: string
  extras: string[]
}

/** Reads one; null where the text names no package: a bare URL, a path, an option. */
export function parseRequirement(text: string): Requirement | null {
  const plain = text
    .replace(/(?:^|\s)#.*$/, '')
    .replace(/\s--(?:hash|config-settings|global-option).*$/, '')
    .trim()
  const found = /^([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?\s*($|[<>=!~;@(,].*)/.exec(plain)
  if (found !== null) {
    const extras = (found[2] ?? '').split(',').map((one) => normalized(one.trim()))
    return { name: normalized(found[1]!), extras: extras.filter((one) => one !== '') }
  }
  // `git+https://…#egg=shop`, `https://…/shop-1.0-py3-none-any.whl`
  const name =
    /#(?:.*&)?egg=([\w.-]+)/.exec(plain)?.[1] ?? /\/([A-Za-z0-9][\w.]*)-\d[^/]*\.whl(?:$|#)/.exec(plain)?.[1]
  return name === undefined ? null : { name: normalized(name), extras: [] }
}

/** PEP 503. */
export function normalized(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-')
}
