import { delimiter, join } from 'node:path'
import { resolveSecrets } from '../fleet/secrets.ts'
import type { ReleaseSpec } from '../target.ts'
import { INSTANCE_HOST } from './ports.ts'

/** What an app may know of the environment that Sluice itself was started in; anything else may be somebody's secret. */
const INHERITED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LANGUAGE', 'TZ', 'TMPDIR']
/** How this machine reaches the network: a build has to download what it needs. */
const NETWORK = [
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'],
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
]

/**
 * All of an instance's environment. The app's own variables win over defaults, and what Sluice must be sure of over
 * them: PORT, SLUICE_APP, SLUICE_ENVIRONMENT, SLUICE_RELEASE, SLUICE_INSTANCE.
 * HOST is 127.0.0.1 unless the app says otherwise: users come through the router, and no instance should be reachable
 * round it. NODE_ENV is `production` unless the app says otherwise.
 * Throws SECRET_UNREADABLE with the variable and the file, never the value.
 */
export async function appEnvironment(
  spec: ReleaseSpec,
  instance: { id: string; port: number },
  ours: NodeJS.ProcessEnv,
): Promise<Record<string, string>> {
  return {
    ...inherited(ours, INHERITED),
    ...localCommands(spec, ours),
    NODE_ENV: 'production',
    HOST: INSTANCE_HOST,
    ...(await resolveSecrets(spec.env)),
    PORT: String(instance.port),
    SLUICE_APP: spec.app,
    SLUICE_ENVIRONMENT: spec.environment.split('/').at(-1)!,
    SLUICE_RELEASE: spec.release,
    SLUICE_INSTANCE: instance.id,
  }
}

/** What a build command sees. No NODE_ENV: `npm ci` would leave out what the build itself needs. */
export function buildEnvironment(
  folder: string,
  own: Record<string, string>,
  ours: NodeJS.ProcessEnv,
): Record<string, string> {
  return { ...inherited(ours, [...INHERITED, ...NETWORK]), ...pathWithBin(folder, ours), ...own }
}

/** A command line finds the programs of the app's own packages, as it does in an npm script. */
function localCommands(spec: ReleaseSpec, ours: NodeJS.ProcessEnv): Record<string, string> {
  return typeof spec.command === 'string' ? pathWithBin(spec.folder, ours) : {}
}

function pathWithBin(folder: string, ours: NodeJS.ProcessEnv): Record<string, string> {
  const bin = join(folder, 'node_modules', '.bin')
  return { PATH: ours.PATH ? `${bin}${delimiter}${ours.PATH}` : bin }
}

function inherited(ours: NodeJS.ProcessEnv, names: string[]): Record<string, string> {
  const isAllowed = (name: string) => names.includes(name) || name.startsWith('LC_')
  const pairs = Object.entries(ours).filter(([name, value]) => value !== undefined && isAllowed(name))
  return Object.fromEntries(pairs) as Record<string, string>
}
