import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Answer, Check, Method } from './check.ts'
import type { Execution, Run } from './execution.ts'
import type { Look } from './look/look.ts'
import { type Beside, openLook } from './look/open-look.ts'
import type { Trial } from './running/trial.ts'
import { type Finding, settle } from './settle.ts'

export type FilesOfApp = Record<string, string | object>

/** The least that makes a folder an app. */
export const smallApp: FilesOfApp = {
  'package.json': { name: 'shop', scripts: { start: 'node server.js' } },
  'server.js': "require('node:http').createServer((q, r) => r.end('ok')).listen(process.env.PORT || 3000)\n",
}

/** What checks are given for a folder with these files beside those of `smallApp`, as long as the test runs. An object is written as JSON. */
export async function lookAt(files: FilesOfApp, beside: Partial<Beside> = {}): Promise<Look> {
  return openLook(folderWith({ ...smallApp, ...files }), { now, ...beside })
}

/** The same for a folder of a repository with these files. */
export async function lookAtMember(
  folder: string,
  files: FilesOfApp,
  beside: Partial<Beside> = {},
): Promise<Look> {
  const root = folderWith({ '.git/HEAD': 'ref: refs/heads/main\n', ...files })
  return openLook(join(root, folder), { now, ...beside })
}

const now = Date.parse('2026-11-22T12:00:00Z')

/** Its sluice.yaml, for an app that is built of all of its repository. */
export const builtAbove =
  'app: shop\nbuild: { context: ../.. }\nrun: { command: ./start }\nenvironments: { production: {} }\n'

/** A program of Go that listens, and imports these packages. */
export function goServer(...imports: string[]): string {
  const lines = ['net/http', ...imports].map((path) => `\t"${path}"\n`).join('')
  return `package main\n\nimport (\n${lines})\n\nfunc main() {\n\thttp.ListenAndServe(":8080", nil)\n}\n`
}

function folderWith(files: FilesOfApp): string {
  const root = mkdtempSync(join(tmpdir(), 'sluice-check-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const [path, content] of Object.entries(files)) {
    const at = join(root, path)
    mkdirSync(dirname(at), { recursive: true })
    writeFileSync(at, typeof content === 'string' ? content : JSON.stringify(content, null, 2))
  }
  return root
}

/** What a check finds in such a folder, by reading alone or with what is handed in. */
export async function found(
  check: Check,
  files: FilesOfApp,
  { trial, execution, ...beside }: Partial<Beside> & { trial?: Trial; execution?: Execution } = {},
): Promise<Finding> {
  return foundIn(await lookAt(files, beside), check, { trial, execution })
}

/** What a check finds by a look. */
export async function foundIn(
  look: Look,
  check: Check,
  { trial, execution }: { trial?: Trial | undefined; execution?: Execution | undefined } = {},
): Promise<Finding> {
  const answers: Partial<Record<Method, Answer>> = { ...look.records[check.id]?.answers }
  const why = (await check.concerns?.(look)) ?? null
  if (why !== null) return settle(check, { static: { status: 'na', says: why, evidence: [] } }, look)
  if (check.static !== undefined) answers.static = await check.static(look)
  if (check.platform !== undefined) answers.platform = await check.platform(look)
  if (check.executed !== undefined && execution !== undefined) {
    const answer = await check.executed(look, execution, trial ?? null)
    if (answer !== null) answers.executed = answer
  }
  if (check.probe !== undefined && trial !== undefined) answers.probe = await check.probe(look, trial)
  return settle(check, answers, look)
}

/** Answers commands by their first words: `{ 'npm test': { code: 0, output: '…' } }`. What is not named cannot be started. */
export function commandsThat(answers: Record<string, Partial<Run>>): Execution {
  return {
    async run(command) {
      const line = command.join(' ')
      const key = Object.keys(answers).find((one) => line.startsWith(one))
      if (key === undefined)
        return { code: null, output: '', tookMs: 0, why: `${command[0]} is not installed` }
      return { code: 0, output: '', tookMs: 1, ...answers[key] }
    },
  }
}
