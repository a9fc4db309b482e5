import { join } from 'node:path'
import { agedFile, rotateFile } from '../../host/rotated-file.ts'

export type LogStream = 'stdout' | 'stderr'
export const logStreams: LogStream[] = ['stdout', 'stderr']

/** An instance's output: `stdout.log`, then `.1`, then `.2`. */
export function logFile(folder: string, stream: LogStream, age = 0): string {
  return agedFile(join(folder, `${stream}.log`), age)
}

/** Rotates what has grown too long; see `rotateFile`. True when something was rotated. */
export async function rotate(folder: string, limitBytes?: number): Promise<boolean> {
  const rotated = await Promise.all(
    logStreams.map((stream) => rotateFile(logFile(folder, stream), limitBytes)),
  )
  return rotated.includes(true)
}
