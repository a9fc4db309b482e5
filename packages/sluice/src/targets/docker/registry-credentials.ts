import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Who we are to a registry. Never logged, never written anywhere. */
export type Credentials = { serveraddress: string } & (
  | { username: string; password: string }
  /** What some registries give out in place of a password. */
  | { identitytoken: string }
)

/** `~/.docker/config.json`, of which `docker login` is the author. */
interface DockerConfig {
  auths?: Record<string, { auth?: string; identitytoken?: string }>
  credHelpers?: Record<string, string>
  credsStore?: string
}

const HUB = 'https://index.docker.io/v1/'
/** A helper that asks somebody is no use here. */
const HELPER_MS = 10_000

/** The credentials that `docker login` left for the image's registry; null where there are none. */
export async function credentialsFor(image: string, env: NodeJS.ProcessEnv): Promise<Credentials | null> {
  return credentialsOf(await readConfig(env), registryOf(image), env)
}

/** `ghcr.io` of `ghcr.io/acme/shop:1`; Docker Hub for a name without a registry. */
function registryOf(image: string): string {
  const [first, ...rest] = image.split('/')
  const isRegistry = rest.length > 0 && /[.:]|^localhost$/.test(first!)
  return isRegistry && !/^(?:index\.)?docker\.io$/.test(first!) ? first! : HUB
}

async function credentialsOf(
  config: DockerConfig,
  registry: string,
  env: NodeJS.ProcessEnv,
): Promise<Credentials | null> {
  const helper = config.credHelpers?.[registry] ?? config.credsStore
  if (helper !== undefined) return askHelper(helper, registry, env)
  const known = Object.entries(config.auths ?? {}).find(([name]) => hostOf(name) === hostOf(registry))?.[1]
  if (known?.identitytoken) return { identitytoken: known.identitytoken, serveraddress: registry }
  if (!known?.auth) return null
  const [username, ...password] = Buffer.from(known.auth, 'base64').toString('utf8').split(':')
  return { username: username!, password: password.join(':'), serveraddress: registry }
}

/** Some have written it down with a scheme and a path. */
function hostOf(registry: string): string {
  return registry.replace(/^https?:\/\//, '').replace(/\/.*$/, '')
}

/** `docker-credential-<helper> get`, which reads the registry and answers JSON; null where it knows nothing. */
function askHelper(helper: string, registry: string, env: NodeJS.ProcessEnv): Promise<Credentials | null> {
  if (!/^[\w.-]+$/.test(helper)) return Promise.resolve(null)
  return new Promise((resolve) => {
    const child = spawn(`docker-credential-${helper}`, ['get'], {
      env,
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: HELPER_MS,
    })
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
    })
    child.on('error', () => resolve(null))
    child.on('close', () => resolve(readAnswer(out, registry)))
    child.stdin.on('error', () => {})
    child.stdin.end(registry)
  })
}

function readAnswer(out: string, registry: string): Credentials | null {
  try {
    const { Username, Secret } = JSON.parse(out)
    if (typeof Secret !== 'string') return null
    if (Username === '<token>') return { identitytoken: Secret, serveraddress: registry }
    return { username: Username, password: Secret, serveraddress: registry }
  } catch {
    return null
  }
}

async function readConfig(env: NodeJS.ProcessEnv): Promise<DockerConfig> {
  const folder = env.DOCKER_CONFIG ?? join(env.HOME ?? homedir(), '.docker')
  try {
    return JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'))
  } catch {
    return {}
  }
}
