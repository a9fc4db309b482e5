import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** Where everything of one SLUICE_HOME lies. */
export interface Home {
  root: string
  agentSocket: string
  agentPidFile: string
  agentLog: string
  proxy: string
  haproxy: string
  /** What the process target keeps of its instances. */
  instances: string
  /** The lists of the `instances` router. */
  lists: string
  /** `…/apps/shop`: releases and kept data. */
  app(name: string): string
}

/** The folder of `SLUICE_HOME`, or `~/.sluice`. */
export function homeFolder(env: NodeJS.ProcessEnv = process.env): string {
  const given = env.SLUICE_HOME
  return given === undefined || given === '' ? join(homedir(), '.sluice') : resolve(given)
}

export function homeOf(root: string): Home {
  return {
    root,
    agentSocket: join(root, 'agent.sock'),
    agentPidFile: join(root, 'agent.json'),
    agentLog: join(root, 'agent.log'),
    proxy: join(root, 'proxy'),
    // Short, for the paths of sockets have a limit.
    haproxy: join(root, 'ha'),
    instances: join(root, 'instances'),
    lists: join(root, 'published'),
    app: (name) => join(root, 'apps', name),
  }
}
