import { createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { SluiceError } from '../../errors.ts'
import { readEnd } from '../../host/file-end.ts'
import type { ImageRequest } from '../target.ts'
import type { Engine, ImageFacts } from './engine.ts'
import { LABELS } from './labels.ts'

const SHOWN_LINES = 20

/** What an image is built from, and within which limits. */
export interface BuildImageRequest extends Omit<Extract<ImageRequest, { kind: 'built' }>, 'kind'> {
  folder: string
  /** Gets what the build prints. */
  log: string
  timeoutMs: number
  signal?: AbortSignal
}

/**
 * Builds the image with BuildKit. Throws BUILD_FAILED with the last lines, or the time limit; CONFIG_INVALID where there
 * is no Dockerfile.
 */
export async function buildImage(engine: Engine, request: BuildImageRequest): Promise<ImageFacts> {
  const { folder, dockerfile, name, stage, args, log, timeoutMs, signal } = request
  await mustExist(folder, dockerfile)
  const limit = AbortSignal.timeout(timeoutMs)
  const out = createWriteStream(log, { flags: 'a' })
  try {
    await engine.build({
      ...{ folder, dockerfile, name, stage, args },
      labels: { [LABELS.image]: name },
      signal: AbortSignal.any([limit, ...(signal ? [signal] : [])]),
      onLine: (line) => out.write(`${line}\n`),
    })
  } catch (error) {
    await ended(out)
    if (error instanceof SluiceError && error.code !== 'ENGINE_REFUSED') throw error
    throw await failed(request, error as Error, limit.aborted)
  } finally {
    await ended(out)
  }
  const built = await engine.image(name)
  if (built !== null) return built
  throw new SluiceError('BUILD_FAILED', `${dockerfile} was built, and the engine has no image ${name}`)
}

async function mustExist(folder: string, dockerfile: string): Promise<void> {
  const found = await stat(join(folder, dockerfile)).catch(() => null)
  if (found?.isFile()) return
  throw new SluiceError(
    'CONFIG_INVALID',
    `an image is built from ${dockerfile}, and the folder has no such file`,
    {
      todo: 'Write one, name another with build.dockerfile, or give an image that is there already: image: NAME. Files that .gitignore names are not part of a release.',
    },
  )
}

async function failed(
  { dockerfile, log, timeoutMs }: BuildImageRequest,
  error: Error & { todo?: string },
  isLate: boolean,
) {
  const { lines } = await readEnd(log, SHOWN_LINES).catch(() => ({ lines: [] }))
  const why = isLate ? `was not done after ${timeoutMs / 1_000} s` : `cannot be built: ${error.message}`
  return new SluiceError('BUILD_FAILED', `${dockerfile} ${why}`, {
    todo: `${error.todo === undefined ? '' : `${error.todo} `}See all that it printed: ${log}`,
    details: lines,
    cause: error,
  })
}

function ended(out: ReturnType<typeof createWriteStream>): Promise<void> {
  return new Promise((resolve) => {
    if (out.closed) resolve()
    else out.end(resolve)
  })
}
