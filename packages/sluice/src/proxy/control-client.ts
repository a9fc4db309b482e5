import { setTimeout as sleep } from 'node:timers/promises'
import { SluiceError } from '../errors.ts'
import type { ControlMethods } from './control.ts'
import { type ControlLink, openControlLink } from './control-link.ts'
import { proxyHome } from './home.ts'

/** Speaks to the proxy's supervisor, and connects again when that one has been replaced. */
export interface ProxyClient {
  /**
   * Throws what the proxy threw (FENCED, CONFIG_INVALID, PORT_TAKEN …), PROXY_UNREACHABLE when no supervisor answers
   * within the call's time, TIMED_OUT when one is there and does not answer.
   */
  call<K extends keyof ControlMethods>(
    method: K,
    params: ControlMethods[K]['params'],
    withinMs?: number,
  ): Promise<ControlMethods[K]['result']>
  close(): void
}

/** What a call may take where the caller does not say: births and a replaced worker included, a drain not. */
const limitsMs: { [K in keyof ControlMethods]: number } = {
  status: 5_000,
  apply: 20_000,
  read: 5_000,
  upgrade: 60_000,
  stop: 60_000,
}

/** Saying these twice does no harm, so they are said again when the link breaks under them. */
const repeatable = new Set<keyof ControlMethods>(['status', 'apply', 'read'])

const firstPauseMs = 20
const longestPauseMs = 500

export interface ConnectOptions {
  home: string
  /** Starts the supervisor again when a call finds it gone; before the next attempt it is waited for. */
  revive?: () => Promise<void>
}

/** Connects to the proxy of a home. Throws PROXY_UNREACHABLE when none runs. */
export async function connectProxy({ home, revive }: ConnectOptions): Promise<ProxyClient> {
  const path = proxyHome(home).supervisorSocket
  let link = await openControlLink<ControlMethods>(path)
  let opening: Promise<ControlLink<ControlMethods>> | null = null
  let isClosed = false

  async function call<K extends keyof ControlMethods>(
    method: K,
    params: ControlMethods[K]['params'],
    withinMs = limitsMs[method] + drainOf(params),
  ): Promise<ControlMethods[K]['result']> {
    const deadline = performance.now() + withinMs
    const leftMs = () => Math.max(1, deadline - performance.now())
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      let wasSent = false
      try {
        const open = await openLink()
        wasSent = true
        return await open.call(method, params, leftMs())
      } catch (error) {
        const mayRepeat = !wasSent || repeatable.has(method)
        if (isClosed || !mayRepeat || !isUnreachable(error) || leftMs() <= pauseMs) throw error
        await sleep(pauseMs)
      }
    }
  }

  // Calls that find the link broken at the same time share the next one.
  async function openLink(): Promise<ControlLink<ControlMethods>> {
    if (isClosed) throw new SluiceError('PROXY_UNREACHABLE', 'this connection to the proxy has been closed')
    if (link.isOpen) return link
    opening ??= reopen().finally(() => {
      opening = null
    })
    return opening
  }

  async function reopen(): Promise<ControlLink<ControlMethods>> {
    await revive?.()
    link = await openControlLink<ControlMethods>(path)
    return link
  }

  function close(): void {
    isClosed = true
    link.close()
  }

  return { call, close }
}

function drainOf(params: object): number {
  return 'drainMs' in params && typeof params.drainMs === 'number' ? params.drainMs : 0
}

function isUnreachable(error: unknown): boolean {
  return error instanceof SluiceError && error.code === 'PROXY_UNREACHABLE'
}
