import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { startLoad } from '../load.ts'
import { host } from './contender.ts'
import { loadCores } from './cores.ts'
import { isInstalled } from './program.ts'

/** Asks a port as often as it answers, over so many kept-alive connections, and tells the whole answers per second. */
export interface Generator {
  name: string
  isRepresentative: boolean
  /** Throws on an answer that is not 2xx, and on a broken connection. */
  run(port: number, connections: number, seconds: number): Promise<number>
}

const run = promisify(execFile)

/** wrk, or what is always there. */
export function generator(): Generator {
  return isInstalled('wrk') ? wrk : ownLoad
}

const wrk: Generator = {
  name: 'wrk',
  isRepresentative: true,
  async run(port, connections, seconds) {
    const args = [
      '-t1',
      `-c${connections}`,
      `-d${seconds}s`,
      '-H',
      `Host: ${host}`,
      `http://127.0.0.1:${port}/`,
    ]
    const { stdout } = await run('taskset', ['-c', loadCores, 'wrk', ...args])
    const trouble = /Non-2xx or 3xx responses:.*|Socket errors:.*/.exec(stdout)
    if (trouble !== null) throw new Error(`port ${port}: ${trouble[0]}`)
    return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1])
  },
}

const ownLoad: Generator = {
  name: 'a load on node:http',
  isRepresentative: false,
  async run(port, connections, seconds) {
    const load = startLoad({
      url: `http://127.0.0.1:${port}/`,
      host,
      connections,
      methods: ['GET'],
      freshShare: 0,
    })
    await sleep(seconds * 1000)
    const { answered, byStatus, failed, durationMs } = await load.stop()
    if (byStatus[200] !== answered || failed.length > 0) {
      throw new Error(
        `port ${port}: answers ${JSON.stringify(byStatus)}; failed: ${failed[0]?.detail ?? 'none'}`,
      )
    }
    return answered / (durationMs / 1000)
  },
}
