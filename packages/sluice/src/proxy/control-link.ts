import { connect, type Socket } from 'node:net'
import { type ErrorFacts, SluiceError } from '../errors.ts'
import type { Protocol } from './control-server.ts'
import { readJsonLines, writeJsonLine } from './json-lines.ts'

/** One connection to a control socket. When it breaks it stays broken. */
export interface ControlLink<M extends Protocol<M>> {
  /** Throws what the other side threw, PROXY_UNREACHABLE when the link breaks, TIMED_OUT when no answer came. */
  call<K extends keyof M & string>(
    method: K,
    params: M[K]['params'],
    withinMs: number,
  ): Promise<M[K]['result']>
  readonly isOpen: boolean
  /** Resolves when the link is broken or closed. */
  readonly closed: Promise<void>
  close(): void
}

interface Waiting {
  resolve(result: unknown): void
  reject(error: Error): void
}

/** Connects to a control socket. Throws PROXY_UNREACHABLE where nobody listens. */
export async function openControlLink<M extends Protocol<M>>(path: string): Promise<ControlLink<M>> {
  const socket = await connectTo(path)
  const waiting = new Map<number, Waiting>()
  let lastId = 0
  let isOpen = true

  readJsonLines(socket, (value) => settle(waiting, value))
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      isOpen = false
      for (const call of waiting.values()) call.reject(broken(path))
      waiting.clear()
      resolve()
    })
  })

  async function call(method: string, params: unknown, withinMs: number): Promise<unknown> {
    if (!isOpen) throw broken(path)
    const id = ++lastId
    const answer = Promise.withResolvers<unknown>()
    const timer = setTimeout(() => answer.reject(tooLate(method, withinMs)), withinMs)
    waiting.set(id, answer)
    writeJsonLine(socket, { id, method, params })
    try {
      return await answer.promise
    } finally {
      clearTimeout(timer)
      waiting.delete(id)
    }
  }

  return {
    call: call as ControlLink<M>['call'],
    get isOpen() {
      return isOpen
    },
    closed,
    close: () => socket.destroy(),
  }
}

function connectTo(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('connect', () => resolve(socket))
    socket.on('error', (cause) => {
      reject(new SluiceError('PROXY_UNREACHABLE', `nobody answers at ${path}`, { cause }))
    })
  })
}

function settle(waiting: Map<number, Waiting>, value: unknown): void {
  const { id, result, error } = value as { id: number; result?: unknown; error?: ErrorFacts }
  const call = waiting.get(id)
  if (error === undefined) call?.resolve(result)
  else call?.reject(SluiceError.from(error))
}

function broken(path: string): SluiceError {
  return new SluiceError('PROXY_UNREACHABLE', `the connection to ${path} broke`)
}

function tooLate(method: string, withinMs: number): SluiceError {
  return new SluiceError('TIMED_OUT', `"${method}" was not answered within ${withinMs} ms`)
}
