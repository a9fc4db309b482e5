import type { PythonFacts } from '../facts.ts'
import type { Dependencies } from './dependencies.ts'

/** Debian's packages for what is compiled at the install, and for what is loaded at run time. */
const needs: { name: string; build: string[]; run: string[]; unlessExtra?: string }[] = [
  { name: 'psycopg2', build: ['gcc', 'libc6-dev', 'libpq-dev'], run: ['libpq5'] },
  // Pure Python that loads libpq; the extra `binary` brings its own, `c` is compiled.
  { name: 'psycopg', build: [], run: ['libpq5'], unlessExtra: 'binary' },
  { name: 'psycopg-c', build: ['gcc', 'libc6-dev', 'libpq-dev'], run: ['libpq5'] },
  {
    name: 'mysqlclient',
    build: ['default-libmysqlclient-dev', 'gcc', 'libc6-dev', 'pkg-config'],
    run: ['libmariadb3'],
  },
]

/** What has to be installed by apt, for the build and in the image that runs. */
export function systemPackages(dependencies: Dependencies): PythonFacts['systemPackages'] {
  const found = needs.filter(({ name, unlessExtra }) => {
    const one = dependencies.get(name === 'psycopg-c' && !dependencies.has(name) ? 'psycopg' : name)
    if (one === undefined) return false
    if (name === 'psycopg-c') return dependencies.has('psycopg-c') || one.extras.includes('c')
    const isBinary =
      unlessExtra !== undefined && (one.extras.includes(unlessExtra) || dependencies.has(`${name}-binary`))
    return !isBinary
  })
  const sorted = (all: string[]) => [...new Set(all)].sort()
  return { build: sorted(found.flatMap(({ build }) => build)), run: sorted(found.flatMap(({ run }) => run)) }
}
