import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type EnvSchema, parseEnvSchema } from '../../config/env-schema.ts'
import { loadConfig } from '../../config/load.ts'
import { SluiceError } from '../../errors.ts'
import { readProjectFile } from '../init/project-file.ts'

/** The app's env schema: the one that sluice.yaml names, or env.schema.yaml. Throws CONFIG_MISSING, CONFIG_INVALID. */
export async function declaredIn(folder: string): Promise<{ schema: EnvSchema; path: string }> {
  const path = await pathIn(folder)
  const text = await readProjectFile(folder, path)
  if (text === null) {
    throw new SluiceError('CONFIG_MISSING', `${path} is not there: no variables are declared in ${folder}`, {
      todo: 'sluice init writes one from what the code reads.',
    })
  }
  return { schema: parseEnvSchema(text, path), path }
}

async function pathIn(folder: string): Promise<string> {
  const usual = 'env.schema.yaml'
  if (!existsSync(join(folder, 'sluice.yaml'))) return usual
  const { config } = await loadConfig(folder)
  return config.envSchema ?? usual
}
