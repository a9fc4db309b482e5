import { type Answer, type Evidence, fail, pass, unknown } from '../../check.ts'
import type { Execution, Run } from '../../execution.ts'
import type { Look } from '../../look/look.ts'
import { masked } from '../../look/secret-patterns.ts'
import { doubtOf, told } from '../../running/ended-command.ts'
import { withOwnApp } from '../../running/own-app.ts'
import { openRelay } from '../../running/relay.ts'
import type { RunningApp, Trial } from '../../running/trial.ts'
import { lineOf, otherMachine, type SmokeCommand, smokeCommands } from './smoke-commands.ts'

/** A trial has minutes for all of its checks together. */
const MOST_MS = 60_000
const LINES_SHOWN = 8
const MOST_CHARS_SHOWN = 800

/** Runs the hooks as a rollout does, only that a copy on this machine stands for the new release and for the old one. */
export async function runSmoke(
  look: Look,
  execution: Execution,
  trial: Trial | null,
): Promise<Answer | null> {
  const commands = smokeCommands(look)
  if (trial === null || commands.length === 0) return null
  for (const one of commands) {
    const host = otherMachine(look, one)
    if (host !== null)
      return unknown(
        `${lineOf(one)} was not run: it asks ${host}, and what is tried here is a copy; SLUICE_PREVIEW_URL says where it is`,
      )
  }
  // One of its own: what other checks have asked must not count against it.
  return withOwnApp(trial, {}, (app) => runAll(commands, { look, execution, trial, app }))
}

interface Scene {
  look: Look
  execution: Execution
  trial: Trial
  app: RunningApp
}

async function runAll(commands: SmokeCommand[], { look, execution, trial, app }: Scene): Promise<Answer> {
  const relay = await openRelay({ host: '127.0.0.1', port: app.port })
  const env = hookEnv(look, trial, `http://127.0.0.1:${relay.port}`)
  const evidence: Evidence[] = []
  try {
    for (const one of commands) {
      const words = typeof one.command === 'string' ? ['/bin/sh', '-c', one.command] : one.command
      const timeoutMs = Math.min(one.timeoutMs, MOST_MS)
      const run = await execution.run(words, { timeoutMs, env: { ...env, SLUICE_HOOK: one.hook } })
      const line = lineOf(one)
      evidence.push({ says: told(line, run) })
      const doubt = doubtOf(words, run)
      if (doubt !== null) return unknown(`${line}: ${doubt}`, evidence)
      if (run.code !== 0)
        return fail(`${line} ended with ${run.code} against a copy of the app`, [...evidence, printed(run)])
    }
    const connections = relay.connections()
    evidence.push({ says: `connections to the copy: ${connections}` })
    // It may have asked another, or nobody.
    if (connections === 0)
      return unknown(
        'the smoke test did not ask the copy: it has to take its address from SLUICE_PREVIEW_URL',
        evidence,
      )
    return pass('the smoke test is green against a copy of the app', evidence)
  } finally {
    await relay.close()
  }
}

function printed({ output }: Run): Evidence {
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  return { says: masked(lines.slice(-LINES_SHOWN).join(' | ')).slice(-MOST_CHARS_SHOWN) }
}

/** What hooks get in a deploy. There are no users and no preview route here, so that both addresses are the copy's. */
function hookEnv({ config, app }: Look, { plainEnv }: Trial, url: string): Record<string, string> {
  return {
    ...plainEnv,
    SLUICE_APP: config?.app ?? app.name,
    SLUICE_ENVIRONMENT: 'check',
    SLUICE_RELEASE: 'r0',
    SLUICE_ROLLOUT: 'check',
    SLUICE_REASON: '',
    SLUICE_URL: url,
    SLUICE_PREVIEW_URL: url,
    SLUICE_PREVIEW_TOKEN: '',
  }
}
