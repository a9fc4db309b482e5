import { readFile } from 'node:fs/promises'
import { SluiceError } from '../../errors.ts'
import type { ReleaseSpec } from '../target.ts'

/** Variables with the values of those that are read from files. Throws SECRET_UNREADABLE with the variable and the file, never the value. */
export async function resolveSecrets(env: ReleaseSpec['env']): Promise<Record<string, string>> {
  const pairs = Object.entries(env).map(async ([name, value]) => [
    name,
    typeof value === 'string' ? value : await readSecret(name, value.file),
  ])
  return Object.fromEntries(await Promise.all(pairs))
}

/** Without the newline that editors and `echo` put at the end. */
async function readSecret(name: string, file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).replace(/\r?\n$/, '')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new SluiceError(
      'SECRET_UNREADABLE',
      `${name} should come from ${file}, which cannot be read (${code})`,
      {
        todo: `Make the file readable for the user who runs Sluice, or change ${name} in sluice.yaml.`,
        cause,
      },
    )
  }
}
