import type { HaproxyHome } from './home.ts'
import { type Talk, talkTo } from './talk.ts'

/** One process of HAProxy that serves. */
export interface Worker {
  talk: Talk
  /** Accepts no connection any more and finishes those it has, by an earlier configuration. */
  isLeaving: boolean
}

/** The worker that accepts, and those before it that are not gone yet. Throws PROXY_UNREACHABLE. */
export async function workersOf(home: HaproxyHome, withinMs: number): Promise<Worker[]> {
  const leaving = leavingPids(await talkTo(home.masterSocket, withinMs)('show proc'))
  const old = leaving.map((pid) => ({
    talk: talkTo(home.masterSocket, withinMs, `@!${pid} `),
    isLeaving: true,
  }))
  return [{ talk: talkTo(home.adminSocket, withinMs), isLeaving: false }, ...old]
}

/** From the answer to `show proc`. */
export function masterPid(answer: string): number | null {
  const [, pid] = /^(\d+)\s+master/m.exec(answer) ?? []
  return pid === undefined ? null : Number(pid)
}

function leavingPids(answer: string): number[] {
  const [, old = ''] = answer.split('# old workers')
  return [...old.matchAll(/^(\d+)\s+worker/gm)].map(([, pid]) => Number(pid))
}

/** What was asked of each worker; without those that ended meanwhile, and have nothing in flight then. */
export async function askAll<T>(workers: Worker[], ask: (worker: Worker) => Promise<T>): Promise<T[]> {
  const answers = await Promise.all(
    workers.map(async (worker) => {
      try {
        return [await ask(worker)]
      } catch (error) {
        if (worker.isLeaving && (await isGone(worker))) return []
        throw error
      }
    }),
  )
  return answers.flat()
}

async function isGone({ talk }: Worker): Promise<boolean> {
  return !(await talk('show info')).includes('Pid:')
}
