import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type Docker from 'dockerode'
import { SluiceError } from '../../errors.ts'
import { sshAgent } from './ssh-agent.ts'

/** Where an engine is, and how it is spoken to. */
export interface EngineAddress {
  /** For a person: `unix:///var/run/docker.sock`. */
  address: string
  /** Whether it shares this machine's files and network. */
  isLocal: boolean
  /** A name or an IP address at which the ports that it publishes are reached. */
  host: string
  /** Everything is said, because dockerode takes from our environment whatever is not. */
  options: Docker.DockerOptions
}

const NOTHING: Docker.DockerOptions = {
  ...{ socketPath: undefined, host: undefined, port: undefined, protocol: undefined, username: undefined },
  ...{ ca: undefined, cert: undefined, key: undefined, timeout: undefined, pathPrefix: '/' },
}
const LOOPBACK = '127.0.0.1'
const PIPE = '//./pipe/docker_engine'

/**
 * What DOCKER_HOST says (`unix://`, `npipe://`, `tcp://` with DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, `ssh://`), or this
 * machine's own socket. Throws ENGINE_UNREACHABLE where it says nothing that can be opened.
 */
export function engineAddress(env: NodeJS.ProcessEnv): EngineAddress {
  const said = (env.DOCKER_HOST ?? '').trim()
  if (said === '') return local(process.platform === 'win32' ? `npipe://${PIPE}` : `unix://${ownSocket(env)}`)
  if (/^(?:unix|npipe):\/\//.test(said)) return local(said)
  const isBare = /^[^:/\s]+(?::\d+)?$/.test(said)
  const url = URL.parse(isBare ? `tcp://${said}` : said)
  if (url !== null && url.hostname !== '') {
    if (['tcp:', 'http:', 'https:'].includes(url.protocol)) return overTcp(said, url, env)
    if (url.protocol === 'ssh:') return overSsh(said, url, env)
  }
  throw unreadable(`DOCKER_HOST is "${said}", which names no engine`)
}

function local(address: string): EngineAddress {
  const socketPath = address.slice(address.indexOf('://') + '://'.length)
  return { address, isLocal: true, host: LOOPBACK, options: { ...NOTHING, socketPath } }
}

function overTcp(address: string, url: URL, env: NodeJS.ProcessEnv): EngineAddress {
  const isSecure = (env.DOCKER_TLS_VERIFY ?? '') !== '' || url.port === '2376' || url.protocol === 'https:'
  const host = bareHost(url)
  const port = url.port || (isSecure ? '2376' : '2375')
  const given = isSecure
    ? { protocol: 'https' as const, ...certificates(env) }
    : { protocol: 'http' as const }
  // `URL` wants an IPv6 address in brackets, a connection wants it without.
  return { address, isLocal: false, host, options: { ...NOTHING, host: url.hostname, port, ...given } }
}

// Through the user's own `ssh`, so that known hosts, keys and ~/.ssh/config are what they always are.
function overSsh(address: string, url: URL, env: NodeJS.ProcessEnv): EngineAddress {
  const options = {
    ...NOTHING,
    protocol: 'http' as const,
    host: 'docker',
    port: 80,
    agent: sshAgent(url, env),
  }
  return { address, isLocal: false, host: bareHost(url), options }
}

function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

function certificates(env: NodeJS.ProcessEnv): { ca: string; cert: string; key: string } {
  const folder = env.DOCKER_CERT_PATH || join(env.HOME ?? homedir(), '.docker')
  const read = (name: string) => {
    try {
      return readFileSync(join(folder, name), 'utf8')
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException
      throw unreadable(`the engine wants TLS, and ${join(folder, name)} cannot be read (${code})`, cause)
    }
  }
  return { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') }
}

/** Docker Desktop has one for each user. */
function ownSocket(env: NodeJS.ProcessEnv): string {
  const ofUser = join(env.HOME ?? homedir(), '.docker/run/docker.sock')
  return existsSync(ofUser) ? ofUser : '/var/run/docker.sock'
}

function unreadable(message: string, cause?: unknown): SluiceError {
  return new SluiceError('ENGINE_UNREACHABLE', message, {
    todo: 'Set DOCKER_HOST to unix:///path, tcp://host:2376 (with DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH) or ssh://user@host, and restart the agent.',
    cause,
  })
}
