import { type ErrorCode, SluiceError } from '../../errors.ts'

/** What dockerode throws: an answer with a status, or what the connection met. */
interface EngineError extends Error {
  statusCode?: number
  code?: string
}

/** What was asked of which engine. */
interface Asked {
  what: string
  address: string
}

interface Known {
  code: ErrorCode
  message: string
  todo?: string
}

/** True for an answer of the engine with this status. */
export function isStatus(error: unknown, status: number): boolean {
  return (error as EngineError | undefined)?.statusCode === status
}

/** What went wrong between us and the engine, in one clear error. A SluiceError is left as it is. */
export function engineFailure(error: unknown, asked: Asked): SluiceError {
  if (error instanceof SluiceError) return error
  const { statusCode, code, message } = error as EngineError
  const text = said(message)
  const known =
    insecure(code, text, asked.address) ??
    (statusCode === undefined ? unreached(code, text, asked) : null) ??
    refused(statusCode, text, asked)
  const { todo, ...facts } = known
  return new SluiceError(facts.code, facts.message, { ...(todo === undefined ? {} : { todo }), cause: error })
}

function unreached(code: string | undefined, text: string, { what, address }: Asked): Known | null {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return {
        code: 'ENGINE_UNREACHABLE',
        message: `this user may not open the Docker socket ${address}`,
        todo: 'Let the user who runs the agent use it (sudo usermod -aG docker $USER, then log in again), or set DOCKER_HOST to an engine of their own.',
      }
    case 'ENOENT':
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ECONNRESET':
    case 'EPIPE':
      return {
        code: 'ENGINE_UNREACHABLE',
        message: `no Docker Engine answers at ${address} (${address.startsWith('ssh:') ? text : code})`,
        todo: 'Start it (sudo systemctl start docker), or set DOCKER_HOST to where one runs and restart the agent (sluice down, or kill it: it comes back).',
      }
    case 'ETIMEDOUT':
      return {
        code: 'TIMED_OUT',
        message: `the Docker Engine at ${address} did not answer when it was asked ${what}`,
        todo: 'See whether it hangs: docker info. What runs goes on.',
      }
    default:
      return gone(text, address)
  }
}

function insecure(code: string | undefined, text: string, address: string): Known | null {
  if (
    !/^ERR_(?:TLS|SSL|OSSL)_|^EPROTO$|CERT|SIGNATURE|ISSUER/.test(code ?? '') &&
    !/HTTP request to an HTTPS server/.test(text)
  )
    return null
  return {
    code: 'ENGINE_UNREACHABLE',
    message: `no secure connection to the Docker Engine at ${address}: ${text}`,
    todo: 'Check DOCKER_TLS_VERIFY, and ca.pem, cert.pem and key.pem in DOCKER_CERT_PATH.',
  }
}

// A pull or a build answers first, and says what went wrong as a line of its progress.
function gone(text: string, address: string): Known | null {
  if (!/socket hang up|aborted/i.test(text)) return null
  return { code: 'ENGINE_UNREACHABLE', message: `the Docker Engine at ${address} hung up` }
}

function refused(status: number | undefined, text: string, { what }: Asked): Known {
  const message = `the Docker Engine was asked ${what}, and said: ${text}`
  if (/no space left on device/i.test(text)) {
    return {
      code: 'ENGINE_REFUSED',
      message: `the disk of the Docker Engine is full: ${text}`,
      todo: 'Make room there (docker system df shows what takes it), then try again. What runs goes on.',
    }
  }
  const taken = /name "\/?([^"]+)" is already in use by container "?(\w{12})/i.exec(text)
  if (status === 409 && taken !== null) {
    const [, name, holder] = taken
    return {
      code: 'NAME_TAKEN',
      message: `the name ${name} is taken by the container ${holder}, which Sluice did not make`,
      todo: `Sluice touches nothing that it did not make. Rename it (docker rename ${name} NAME) or remove it, then deploy again.`,
    }
  }
  if (isAboutAnImage(text)) {
    return {
      code: 'IMAGE_NOT_FOUND',
      message,
      todo: 'Check the name and the tag. For a private registry log in on this machine: docker login.',
    }
  }
  return { code: 'ENGINE_REFUSED', message }
}

function isAboutAnImage(text: string): boolean {
  return /no such image|manifest.* (?:unknown|not found)|repository .*not found|pull access denied|unauthorized|no basic auth credentials/i.test(
    text,
  )
}

/** The engine's own words, without dockerode's `(HTTP code 404) no such container - ` before them. */
export function said(message: string): string {
  return message.replace(/^\(HTTP code \d+\) [^-]* - /, '').trim()
}
