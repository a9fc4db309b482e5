import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SluiceError } from '../errors.ts'
import type { EnvironmentStatus, StatusAnswer } from '../server/contract.ts'
import { nearest } from '../std/nearest.ts'
import type { AgentClient } from './agent-client.ts'
import type { Call } from './call.ts'

/**
 * The environment that a command means, as the agent knows it: of the app that was named or of the folder's
 * sluice.yaml; without a name the only one, or production.
 * @throws UNKNOWN_APP, UNKNOWN_ENVIRONMENT, listing the known ones; USAGE where a name has to be given.
 */
export async function environmentFor(call: Call, agent: AgentClient): Promise<EnvironmentStatus> {
  const { environments } = await agent.get<StatusAnswer>({ path: '/v1/status' })
  if (environments.length === 0) {
    throw new SluiceError('UNKNOWN_ENVIRONMENT', 'nothing was ever deployed here', { todo: 'sluice deploy' })
  }
  return chooseEnvironment(environments, { app: await appOf(call), environment: call.environment })
}

/** The app that was named, or the one of the folder's sluice.yaml; undefined where there is neither. */
export async function appOf({ app, folder }: Call): Promise<string | undefined> {
  if (app !== undefined) return app
  const text = await readFile(join(folder, 'sluice.yaml'), 'utf8').catch(() => null)
  return text === null ? undefined : appIn(text)
}

/** Chooses among those that the agent knows. */
export function chooseEnvironment(
  all: EnvironmentStatus[],
  wanted: { app: string | undefined; environment: string | undefined },
): EnvironmentStatus {
  const name = wanted.app ?? onlyApp(all)
  const ofApp = all.filter(({ app }) => app === name)
  if (ofApp.length === 0) throw unknown('UNKNOWN_APP', 'app', name, appsOf(all))
  const names = ofApp.map((environment) => environment.name)
  const environment = wanted.environment ?? (names.length === 1 ? names[0]! : 'production')
  const found = ofApp.find((one) => one.name === environment)
  if (found !== undefined) return found
  if (wanted.environment !== undefined) {
    throw unknown('UNKNOWN_ENVIRONMENT', `environment of ${name}`, environment, names)
  }
  throw new SluiceError(
    'USAGE',
    `${name} has several environments and none is called production: ${names.join(', ')}`,
    {
      todo: `Say which one: --env ${names[0]}`,
    },
  )
}

function onlyApp(all: EnvironmentStatus[]): string {
  const apps = appsOf(all)
  if (apps.length === 1) return apps[0]!
  throw new SluiceError(
    'USAGE',
    `there are several apps, and no sluice.yaml here says which: ${apps.join(', ')}`,
    {
      todo: `Say which one: --app ${apps[0]}`,
    },
  )
}

function appsOf(all: EnvironmentStatus[]): string[] {
  return [...new Set(all.map(({ app }) => app))]
}

function unknown(
  code: 'UNKNOWN_APP' | 'UNKNOWN_ENVIRONMENT',
  what: string,
  name: string,
  known: string[],
): SluiceError {
  const near = nearest(name, known)
  return new SluiceError(code, `no ${what} is called "${name}" here; known are: ${known.join(', ')}`, {
    todo: near === null ? 'Choose one of them, or deploy it first.' : `Did you mean ${near}?`,
  })
}

// Only the name: to read and check the whole file takes longer than all else that such a command does.
function appIn(text: string): string | undefined {
  return /^app:\s*["']?([a-z][a-z0-9-]*)/m.exec(text)?.[1]
}
