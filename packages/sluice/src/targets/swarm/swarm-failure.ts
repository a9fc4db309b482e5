import { SluiceError } from '../../errors.ts'
import { engineFailure, said as saidByEngine } from '../docker/engine-failure.ts'

/** What a manager says of its swarm, beside what every engine may say. A SluiceError is left as it is. */
export function swarmFailure(error: unknown, at: { what: string; address: string }): SluiceError {
  if (error instanceof SluiceError) return error
  const text = said(error)
  if (isNoManager(error)) {
    const isWorker = /worker nodes/i.test(text)
    return new SluiceError(
      'ENGINE_REFUSED',
      `the engine at ${at.address} is ${isWorker ? 'a worker of a swarm and no manager' : 'in no swarm'}`,
      {
        todo: isWorker
          ? 'Set DOCKER_HOST to a manager (docker node ls on one shows them) and restart the agent, or make this one a manager: docker node promote NAME.'
          : 'Make it one (docker swarm init), or set DOCKER_HOST to a manager and restart the agent. For a single engine the target "docker" is enough.',
        cause: error,
      },
    )
  }
  if (isBetweenLeaders(error)) {
    return new SluiceError('ENGINE_UNREACHABLE', `the swarm at ${at.address} has no leader: ${text}`, {
      todo: 'More than half of its managers have to run and reach each other: docker node ls. What runs goes on.',
      cause: error,
    })
  }
  if (status(error) === 409 && /already exists|already in use/i.test(text)) {
    return new SluiceError('NAME_TAKEN', `the swarm was asked ${at.what}, and said: ${text}`, {
      todo: 'Sluice touches nothing that it did not make. Rename or remove what has that name, then deploy again.',
      cause: error,
    })
  }
  return engineFailure(error, at)
}

/** Such as an engine that was never told of a swarm, or a worker. */
export function isNoManager(error: unknown): boolean {
  return /not a swarm manager|not part of a swarm/i.test(said(error))
}

/** While managers choose a leader, or too few of them are left to do so. */
export function isBetweenLeaders(error: unknown): boolean {
  return (
    (status(error) ?? 0) >= 500 &&
    /does not have a leader|no elected .*leader|lost leadership|leader.*changed|context deadline exceeded|code = (?:Unavailable|DeadlineExceeded|Canceled)|raft: |manager.*stopped/i.test(
      said(error),
    )
  )
}

/** Whether another manager may answer instead. */
export function isUnreachable({ code }: SluiceError): boolean {
  return code === 'ENGINE_UNREACHABLE' || code === 'TIMED_OUT'
}

/** True where the object was changed by somebody else after we read it. */
export function isOutOfSequence(error: unknown): boolean {
  return /update out of sequence/i.test(said((error as Error).cause ?? error))
}

function status(error: unknown): number | undefined {
  return (error as { statusCode?: number } | undefined)?.statusCode
}

/** Swarm's own words, without what dockerode and gRPC put before them. */
function said(error: unknown): string {
  const { message = String(error), json } = error as { message?: string; json?: { message?: string } }
  return saidByEngine(json?.message ?? message).replace(/^rpc error: code = \w+ desc = /, '')
}
