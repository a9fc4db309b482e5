import { join } from 'node:path'
import { SluiceError } from '../../errors.ts'
import { readJson, writeJson } from '../../host/json-file.ts'
import type { Engine } from './engine.ts'
import { homeIn } from './home.ts'

/** The engine on which a SLUICE_HOME has its containers. */
interface KnownEngine {
  id: string
  address: string
}

/**
 * Who we are to the engine, as `homeIn` says, and only to the one that has our containers: another one would be found
 * empty, and everything started there once more. Throws ENGINE_REFUSED for another one, and what the engine throws.
 */
export function homeOn(root: string, engine: Pick<Engine, 'about' | 'address'>): () => Promise<string> {
  const home = homeIn(root)
  const file = join(root, 'engine.json')
  let isKnown = false
  return async () => {
    const id = await home()
    if (!isKnown) await recognize(file, engine)
    isKnown = true
    return id
  }
}

async function recognize(file: string, { about, address }: Pick<Engine, 'about' | 'address'>): Promise<void> {
  const { id } = await about()
  const known = await readJson<KnownEngine>(file)
  if (known !== null && known.id !== id) {
    throw new SluiceError(
      'ENGINE_REFUSED',
      `the containers of this SLUICE_HOME are on the engine that was at ${known.address}, and at ${address} is another one`,
      {
        todo: `Start the agent with DOCKER_HOST=${known.address} (sluice down, then up). If that engine is gone for good: rm ${file}`,
      },
    )
  }
  if (known?.address !== address) await writeJson(file, { id, address }, { durable: true })
}
