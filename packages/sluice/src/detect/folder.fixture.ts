import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { detect } from './detect.ts'
import type { AppFacts, Project } from './facts.ts'

/** A folder with these files, as long as the test runs. An object is written as JSON. */
export function folderWith(files: Record<string, string | Buffer | object>): string {
  const root = mkdtempSync(join(tmpdir(), 'sluice-detect-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const [path, content] of Object.entries(files)) {
    const at = join(root, path)
    mkdirSync(dirname(at), { recursive: true })
    const isBytes = typeof content === 'string' || Buffer.isBuffer(content)
    writeFileSync(at, isBytes ? content : JSON.stringify(content, null, 2))
  }
  return root
}

/** What is detected in a folder with these files. */
export async function detected(files: Record<string, string | Buffer | object>): Promise<Project> {
  return await detect(folderWith(files))
}

/** The only app of a folder with these files. */
export async function onlyApp<S extends AppFacts['stack']>(
  stack: S,
  files: Record<string, string | Buffer | object>,
): Promise<Extract<AppFacts, { stack: S }>> {
  const { apps } = await detected(files)
  if (apps.length !== 1 || apps[0]!.stack !== stack) {
    throw new Error(
      `wanted one app of ${stack}, found ${apps.map((app) => `${app.stack} in ${app.folder}`).join(', ') || 'none'}`,
    )
  }
  return apps[0] as Extract<AppFacts, { stack: S }>
}
