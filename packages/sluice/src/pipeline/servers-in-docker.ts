import type { Service } from './pipeline.ts'
import { shellWord } from './shell-word.ts'

/**
 * Commands that start servers beside a job, for systems that have an engine and no word for it: each is reached by its name in
 * a network of their own, and takes connections. The network's name is in double quotes, and may hold a variable.
 */
export function startServers(services: Service[], network: string): string[] {
  return [
    // Of a build that was ended halfway.
    ...stopServers(services, network),
    `docker network create "${network}"`,
    ...services.flatMap(({ name, image, env, ready }) => {
      const variables = Object.entries(env).map(([key, value]) => `--env ${key}=${shellWord(value)} `)
      return [
        `docker run --detach --rm --name "${network}-${name}" --network "${network}" --network-alias ${name} ${variables.join('')}${image}`,
        `timeout 120 sh -c 'until docker exec "$0" ${ready} > /dev/null 2>&1; do sleep 1; done' "${network}-${name}"`,
      ]
    }),
  ]
}

/** Commands that end them, whether or not they run. */
export function stopServers(services: Service[], network: string): string[] {
  return [
    ...services.map(({ name }) => `docker rm --force "${network}-${name}" || true`),
    `docker network rm "${network}" || true`,
  ]
}
