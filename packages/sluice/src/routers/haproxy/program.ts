import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { SluiceError } from '../../errors.ts'

const run = promisify(execFile)
const withinMs = 20_000
const shownLines = 10

/** How HAProxy is called. */
export interface Program {
  binary: string
  env: NodeJS.ProcessEnv
}

/** Throws START_FAILED where there is no HAProxy that can do what is needed. */
export async function checkProgram({ binary, env }: Program): Promise<void> {
  const { stdout } = await run(binary, ['-vv'], { env, timeout: withinMs }).catch((cause) => {
    throw missing(binary, cause)
  })
  const [, version = 'unknown', major, minor] = /version ((\d+)\.(\d+)\S*)/.exec(stdout) ?? []
  if (Number(major) * 1_000 + Number(minor) < 2_006)
    throw new SluiceError('START_FAILED', `Sluice needs HAProxy 2.6 or later, and ${binary} is ${version}`, {
      todo: 'Install a newer one: https://haproxy.debian.net',
    })
  for (const feature of ['LUA', 'OPENSSL'])
    if (!stdout.includes(`+${feature}`) && !stdout.includes(`USE_${feature}=1`))
      throw new SluiceError(
        'START_FAILED',
        `Sluice needs HAProxy with ${feature}, and ${binary} was built without`,
        {
          todo: 'Install the package of your distribution, which has it.',
        },
      )
}

/** Throws START_FAILED with HAProxy's own words when it would refuse this file. */
export async function checkConfiguration({ binary, env }: Program, file: string): Promise<void> {
  await run(binary, ['-c', '-f', file], { env, timeout: withinMs }).catch((cause) => {
    if (cause.code === 'ENOENT') throw missing(binary, cause)
    throw new SluiceError('START_FAILED', `HAProxy refuses its configuration ${file}; nothing was changed`, {
      cause,
      details: alarms(`${cause.stdout ?? ''}${cause.stderr ?? ''}`),
    })
  })
}

/** What HAProxy complains of, newest last. */
export function alarms(output: string): string[] {
  return output
    .split('\n')
    .filter((line) => /\[(ALERT|WARNING)\]/.test(line))
    .slice(-shownLines)
}

function missing(binary: string, cause: NodeJS.ErrnoException): SluiceError {
  const found = cause.code === 'ENOENT' ? 'there is none' : `it cannot be run: ${cause.message}`
  return new SluiceError('START_FAILED', `the router haproxy needs the program ${binary}, and ${found}`, {
    cause,
    todo: 'Install HAProxy 2.6 or later: apt install haproxy, or brew install haproxy.',
  })
}
