import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { command, type Ended } from './command.ts'
import { type Answer, askEngine } from './engine-api.ts'
import { isCleared } from './lot.ts'
import { kill, processesOf } from './remains.ts'
import { until } from './until.ts'

/** Where a daemon of Docker runs, and with what flags beside the ones that keep it apart from others. */
export interface DaemonPlace {
  /** The lot's name; containers get a cgroup below it. */
  lot: string
  folder: string
  /** A host name and a network namespace of its own. */
  machine?: { hostname: string; namespace: string }
  flags: string[]
}

/** A daemon of Docker that tests may treat badly. */
export interface Daemon {
  socket: string
  host: string
  /** What a client of it needs in its environment. */
  env: NodeJS.ProcessEnv
  docker(args: string[], options?: { inputFile?: string; limitMs?: number }): Promise<Ended>
  /** Asks its API: path, and perhaps method and body. It may take its time, unless told otherwise. */
  ask(path: string, options?: Parameters<typeof askEngine>[2]): Promise<Answer>
  start(): Promise<void>
  /** Lets it end by itself; its containers end too. */
  stop(): Promise<void>
  /** SIGKILL to the daemon alone: its containers go on until it is started again. */
  kill(): Promise<void>
  /** SIGKILL to the daemon and all of its containers, as when a machine dies. */
  crash(): Promise<void>
  pause(): void
  resume(): void
  /** How often it has ended by itself; it is started again then, as init does on a server. */
  deaths(): number
}

/** A newer client in the path may refuse an engine of this age; the one beside the engine never does. */
const client = existsSync('/usr/bin/docker') ? '/usr/bin/docker' : 'docker'

/** A daemon that has not been started yet. */
export function daemonAt(place: DaemonPlace): Daemon {
  const { folder } = place
  const socket = join(folder, 'docker.sock')
  const host = `unix://${socket}`
  const env = { ...process.env, DOCKER_HOST: host, DOCKER_CONFIG: join(folder, 'client') }
  const pidFile = join(folder, 'daemon.pid')
  let child: ChildProcess | null = null
  let isWanted = false
  let deaths = 0

  async function end(signal: NodeJS.Signals, limitMs: number): Promise<void> {
    if (child === null) return
    isWanted = false
    const gone = once(child, 'exit', { signal: AbortSignal.timeout(limitMs) })
    child.kill('SIGCONT')
    child.kill(signal)
    await gone
    child = null
    await forgetLast()
  }

  async function forgetLast(): Promise<void> {
    const isContainerd = ({ program }: { program: string }) => program === 'containerd'
    await until(`containerd of ${folder} ends`, () =>
      processesOf(cgroupOf(place), folder).some(isContainerd) ? null : true,
    )
    // Left behind by what was killed, and the next daemon would take them at their word, even where the pid is a zombie's.
    for (const file of [pidFile, join(folder, 'exec/containerd/containerd.pid')])
      rmSync(file, { force: true })
  }

  async function rise(): Promise<void> {
    deaths++
    console.log(`the engine in ${folder} ended by itself:\n${lastLines(join(folder, 'log'), 40)}`)
    child = null
    await forgetLast()
    await daemon.start()
  }

  const daemon: Daemon = {
    socket,
    host,
    env,
    docker: (args, options) => command(client, args, { env, ...options }),
    ask: (path, options) => askEngine(socket, path, { limitMs: 30_000, ...options }),

    async start() {
      mkdirSync(folder, { recursive: true })
      const log = openSync(join(folder, 'log'), 'a')
      const [program, ...args] = commandLine(place, socket, pidFile)
      const started = spawn(program!, args, { stdio: ['ignore', log, log], detached: true })
      closeSync(log)
      child = started
      const isStarted = async () => {
        if (started.exitCode !== null || started.signalCode !== null) {
          throw new Error(`dockerd did not start:\n${lastLines(join(folder, 'log'))}`)
        }
        return (await isUp(socket)) ? true : null
      }
      // After a SIGKILL it first ends the containers that went on, and gives each its grace.
      await until(`the engine in ${folder} answers`, isStarted, 60_000)
      isWanted = true
      started.once('exit', () => {
        if (isWanted && child === started && !isCleared(place.lot))
          rise().catch((error) => console.log(String(error)))
      })
    },

    stop: () => end('SIGTERM', 40_000),
    kill: () => end('SIGKILL', 20_000),

    async crash() {
      await daemon.kill()
      await until(`the containers of ${folder} end`, () => {
        const left = processesOf(cgroupOf(place), folder)
        for (const { pid } of left) kill(pid)
        return left.length === 0 ? true : null
      })
    },

    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    deaths: () => deaths,
  }
  return daemon
}

/** A cgroup, and namespaces in containerd, of its own: the machine's own containerd is used where there is one. */
function commandLine(place: DaemonPlace, socket: string, pidFile: string): string[] {
  const { folder, machine } = place
  const id = cgroupOf(place).replaceAll('/', '-')
  const dockerd = ['dockerd', '--host', `unix://${socket}`, '--pidfile', pidFile]
  dockerd.push('--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec'))
  dockerd.push('--exec-opt', 'native.cgroupdriver=cgroupfs', '--cgroup-parent', `/${cgroupOf(place)}`)
  dockerd.push('--containerd-namespace', id, '--containerd-plugins-namespace', `${id}-plugins`)
  dockerd.push(...place.flags)
  if (machine === undefined) return dockerd
  // `ip netns exec` would mount another /sys, without cgroups.
  const enter = ['nsenter', `--net=/run/netns/${machine.namespace}`, 'unshare', '--uts']
  return [...enter, 'sh', '-c', 'echo $0 >/proc/sys/kernel/hostname; exec "$@"', machine.hostname, ...dockerd]
}

/** The path of its cgroup: the lot's, and below it the folder's name. */
function cgroupOf({ lot, folder }: DaemonPlace): string {
  return `${lot}/${folder.slice(folder.lastIndexOf('/') + 1)}`
}

async function isUp(socket: string): Promise<boolean> {
  try {
    return (await askEngine(socket, '/_ping')).status === 200
  } catch {
    return false
  }
}

function lastLines(file: string, count = 8): string {
  return readFileSync(file, 'utf8').split('\n').slice(-count).join('\n')
}
