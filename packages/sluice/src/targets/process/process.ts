import { join } from 'node:path'
import { SluiceError } from '../../errors.ts'
import { type Clock, systemClock } from '../fleet/clock.ts'
import { openFleetTarget } from '../fleet/fleet-target.ts'
import { environmentFolder } from '../fleet/layout.ts'
import type { Target } from '../target.ts'
import { processAbilities } from './abilities.ts'
import { rotate } from './log-files.ts'
import { readLogs } from './logs.ts'
import { Ports } from './ports.ts'
import { processGround } from './process-ground.ts'

/** How often logs are looked at; sooner again after one that had to be rotated. */
const ROTATE_MS = 1_000
const ROTATE_AGAIN_MS = 100

export interface ProcessTargetOptions {
  /** Absolute; the target keeps everything it has to remember in it, and nothing elsewhere. See `layout.ts`. */
  root: string
  /** What apps may inherit the allow-listed part of; default `process.env`. */
  env?: NodeJS.ProcessEnv
  clock?: Clock
}

/**
 * Runs releases as plain processes of this machine. They are nobody's children for long: they go on when we end, and
 * the next run of ours adopts them. Throws UNSUPPORTED_PLATFORM on Windows.
 */
export function openProcessTarget({
  root,
  env = process.env,
  clock = systemClock,
}: ProcessTargetOptions): Target {
  if (process.platform === 'win32') {
    throw new SluiceError(
      'UNSUPPORTED_PLATFORM',
      'the process target needs Linux or macOS, and this is Windows',
      {
        todo: 'Run Sluice inside WSL 2, or use the target "docker".',
      },
    )
  }
  const closing = new AbortController()
  const ground = processGround({ clock, ports: new Ports(), ours: env, closed: closing.signal })
  const target = openFleetTarget({
    can: processAbilities,
    root,
    site: { clock, ground, closed: closing.signal },
    logs: (environment, options) =>
      readLogs(join(environmentFolder(root, environment), 'instances'), options, clock),
    close() {
      closing.abort()
      stopRotating()
    },
  })
  const stopRotating = rotateRegularly(clock, target.runningFolders)
  return target
}

/** Looks at the logs of all running instances again and again; the returned function ends that. */
function rotateRegularly(clock: Clock, folders: () => string[]): () => void {
  let cancel = clock.after(ROTATE_MS, look)
  let isOver = false

  async function look(): Promise<void> {
    const rotated = await Promise.all(folders().map((folder) => rotate(folder).catch(() => false)))
    if (!isOver) cancel = clock.after(rotated.includes(true) ? ROTATE_AGAIN_MS : ROTATE_MS, look)
  }

  return () => {
    isOver = true
    cancel()
  }
}
