import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Doors } from './doors.ts'

/** Another text whenever a certificate has been renewed; empty without TLS. */
export async function certificateMark({ tls }: Doors): Promise<string> {
  if (tls === null) return ''
  const names = await readdir(tls.certificates).catch(() => null)
  const files = names === null ? [tls.certificates] : names.sort().map((name) => join(tls.certificates, name))
  const marks = files.map(async (file) => {
    const found = await stat(file).catch(() => null)
    return `${file} ${found?.size} ${found?.mtimeMs} ${found?.ino}`
  })
  return (await Promise.all(marks)).join('\n')
}
