import Docker from 'dockerode'
import { engineAddress } from '../docker/engine-address.ts'
import { engineFailure } from '../docker/engine-failure.ts'
import { finished } from '../docker/progress.ts'
import { credentialsFor } from '../docker/registry-credentials.ts'

/** Sends an image to the registry that its name begins with, from the engine at this address. */
export async function pushImage(name: string, address: string, env: NodeJS.ProcessEnv): Promise<void> {
  const docker = new Docker(engineAddress({ ...env, DOCKER_HOST: address }).options)
  const authconfig = await credentialsFor(name, env)
  try {
    // A registry that wants nobody's name is told nobody's; the engine wants to be told even so.
    const stream = await docker.getImage(name).push({ authconfig: authconfig ?? {} })
    await finished(docker, stream)
  } catch (error) {
    throw engineFailure(error, { what: `to push ${name}`, address })
  }
}
