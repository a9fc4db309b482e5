import { join, resolve } from 'node:path'
import { SluiceError } from '../errors.ts'
import type { Config } from './config.ts'
import { readConfigFile, refusal } from './file.ts'
import { configJsonSchema } from './json-schema.ts'
import { readText } from './problems.ts'
import { resolveConfig } from './resolve.ts'
import { configSchema } from './schema.ts'
import type { Path } from './yaml-document.ts'

const FILE = 'sluice.yaml'

const smallest = [
  'app: shop',
  'run:',
  '  command: node server.js   # listens on PORT',
  'health: { readiness: { path: /readyz } }',
]

/**
 * Reads `sluice.yaml` in the folder.
 * @throws CONFIG_MISSING where there is none; CONFIG_INVALID with one detail line for each problem, in file order.
 */
export async function loadConfig(folder: string): Promise<{ config: Config; file: string }> {
  const file = join(resolve(folder), FILE)
  const todo = `Write one, for example:\n${smallest.map((line) => `  ${line}`).join('\n')}`
  const text = await readConfigFile(file, { shown: FILE, todo })
  if (text.trim() === '') throw new SluiceError('CONFIG_INVALID', `${FILE} is empty: ${file}`, { todo })
  return { config: parseConfig(text, resolve(folder)), file }
}

/**
 * The text of a sluice.yaml. `folder` is where relative paths of secrets start.
 * @throws CONFIG_INVALID with one detail line for each problem, in file order.
 */
export function parseConfig(text: string, folder: string): Config {
  const read = readText(text, {
    schema: configSchema,
    jsonSchema: configJsonSchema,
    keepText: isVariables,
    isSecret: isBelowVariables,
  })
  if ('problems' in read) throw refusal(FILE, read.problems)
  return resolveConfig(read.value, read.written as Record<string, unknown>, folder)
}

/** A whole `env` too, since a secret may have been written in its place. */
function isBelowVariables(path: Path): boolean {
  return [1, 2, 3].some((length) => isVariables(path.slice(0, length)))
}

/** `env` at the top level, of previews, and in each environment. */
function isVariables(path: Path): boolean {
  if (path.length === 1) return path[0] === 'env'
  if (path.length === 2) return path[0] === 'preview' && path[1] === 'env'
  return path.length === 3 && path[0] === 'environments' && path[2] === 'env'
}
