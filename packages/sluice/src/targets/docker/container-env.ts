import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { resolveSecrets } from '../fleet/secrets.ts'
import type { ReleaseSpec } from '../target.ts'
import { secretPath } from './container-options.ts'
import type { ImageFacts } from './engine.ts'

/**
 * What an instance is told: its own variables over those of the image, and what Sluice must be sure of over them: PORT,
 * SLUICE_APP, SLUICE_ENVIRONMENT, SLUICE_RELEASE, SLUICE_INSTANCE. HOST is 0.0.0.0 unless the app says otherwise: it is
 * reached from outside its own network. Secrets become variables, or files in `folder`, which the caller shows to the
 * container; the file of NAME is then named by NAME_FILE. Throws SECRET_UNREADABLE.
 */
export async function containerEnvironment(
  spec: ReleaseSpec,
  image: Pick<ImageFacts, 'env'>,
  given: { instance: string; port: number; folder: string },
): Promise<{ env: Record<string, string>; secretFiles: Record<string, string> }> {
  const values = await resolveSecrets(spec.env)
  const isSecret = ([name]: [string, unknown]) => typeof spec.env[name] !== 'string'
  const asFiles = spec.container?.secrets === 'files'
  const plain = Object.entries(values).filter((entry) => !(asFiles && isSecret(entry)))
  const secret = asFiles ? Object.entries(values).filter(isSecret) : []
  const pointers = secret.map(([name]) => [`${name}_FILE`, secretPath(name)])
  const hasNodeEnv = image.env.some((line) => line.startsWith('NODE_ENV='))
  return {
    env: {
      ...(hasNodeEnv ? {} : { NODE_ENV: 'production' }),
      HOST: '0.0.0.0',
      ...Object.fromEntries(pointers),
      ...Object.fromEntries(plain),
      PORT: String(given.port),
      SLUICE_APP: spec.app,
      SLUICE_ENVIRONMENT: spec.environment.split('/').at(-1)!,
      SLUICE_RELEASE: spec.release,
      SLUICE_INSTANCE: given.instance,
    },
    secretFiles: await writeSecrets(join(given.folder, 'secrets'), secret),
  }
}

// Nobody but the owner gets through the folder; in the container whoever the app runs as may read the file.
async function writeSecrets(folder: string, secrets: [string, string][]): Promise<Record<string, string>> {
  if (secrets.length === 0) return {}
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const written = secrets.map(async ([name, value]) => {
    const file = join(folder, name)
    await writeFile(file, value, { mode: 0o400 })
    // Said again, because a umask takes away from what a new file is given.
    await chmod(file, 0o444)
    return [name, file] as const
  })
  return Object.fromEntries(await Promise.all(written))
}
