import { type ErrorCode, SluiceError } from '../../errors.ts'

/** What dockerode throws: an answer with a status, or what the connection met. */
interface EngineError extends Error {
  statusCode?: number
  code?: string
}

/** True for an answer of the engine with this status. */
export function isStatus(error: unknown, status: number): boolean {
  return (error as EngineError | undefined)?.statusCode === status
}

/** What went wrong between us and the engine, in one clear error. A SluiceError is left as it is. */
export function engineFailure(error: unknown, at: { what: string; address: string }): SluiceError {
  if (error instanceof SluiceError) return error
  const { statusCode, code, message } = error as EngineError
  const text = said(message)
  const known = statusCode === undefined ? unreached(code, text, at) : refused(statusCode, text, at)
  const { todo, ...facts } = known
  return new SluiceError(facts.code, facts.message, { ...(todo === undefined ? {} : { todo }), cause: error })
}

interface Known {
  code: ErrorCode
  message: string
  todo?: string
}

function unreached(
  code: string | undefined,
  text: string,
  { what, address }: { what: string; address: string },
): Known {
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
    case 'EHOSTUNREACH':
    case 'ECONNRESET':
      return {
        code: 'ENGINE_UNREACHABLE',
        message: `no Docker Engine answers at ${address} (${code})`,
        todo: 'Start it (sudo systemctl start docker), or set DOCKER_HOST to where one runs and restart the agent (sluice down, or kill it: it comes back).',
      }
    case 'ETIMEDOUT':
      return {
        code: 'TIMED_OUT',
        message: `the Docker Engine at ${address} did not answer when it was asked ${what}`,
      }
    default:
      return noRoom(text) ?? gone(text, address) ?? { code: 'ENGINE_REFUSED', message: refusal(what, text) }
  }
}

// A pull or a build answers first, and says what went wrong as a line of its progress.
function gone(text: string, address: string): Known | null {
  if (!/socket hang up|aborted/i.test(text)) return null
  return { code: 'ENGINE_UNREACHABLE', message: `the Docker Engine at ${address} hung up` }
}

function refused(status: number, text: string, { what }: { what: string; address: string }): Known {
  const full = noRoom(text)
  if (full !== null) return full
  if (status === 409 && /name .* is already in use/i.test(text)) {
    return {
      code: 'NAME_TAKEN',
      message: text,
      todo: 'Sluice touches nothing that it did not make. Rename or remove that container, then deploy again.',
    }
  }
  if (status === 404 && /no such image|manifest|not found|pull access denied/i.test(text)) {
    return {
      code: 'IMAGE_NOT_FOUND',
      message: refusal(what, text),
      todo: 'Check the name and the tag. For a private registry log in on this machine: docker login.',
    }
  }
  return { code: 'ENGINE_REFUSED', message: refusal(what, text) }
}

function noRoom(text: string): Known | null {
  if (!/no space left on device/i.test(text)) return null
  return {
    code: 'ENGINE_REFUSED',
    message: `the disk of the Docker Engine is full: ${text}`,
    todo: 'Make room there (docker system df shows what takes it), then try again. What runs goes on.',
  }
}

function refusal(what: string, text: string): string {
  return `the Docker Engine was asked ${what}, and said: ${text}`
}

/** The engine's own words, without dockerode's `(HTTP code 404) no such container - ` before them. */
function said(message: string): string {
  return message.replace(/^\(HTTP code \d+\) [^-]* - /, '').trim()
}
