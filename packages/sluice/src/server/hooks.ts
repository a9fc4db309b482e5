import type { HookName } from '../core/plan.ts'
import type { Rollout } from '../core/rollout.ts'
import { type CommandResult, runCommands } from '../host/run-commands.ts'
import type { Records } from '../runtime/records.ts'
import type { Control } from './control.ts'

/** Runs the commands that the candidate's deploy configured for a hook, in its folder. */
export function hookRunner({ records, urlOf }: { records: Records; urlOf: Control['urlOf'] }) {
  return async (hook: HookName, rollout: Rollout): Promise<CommandResult> => {
    const release = rollout.candidate.release
    const [spec, environment] = await Promise.all([
      records.environments.spec(rollout.environment, release),
      records.environments.find(rollout.environment),
    ])
    const commands = environment?.settings.hooks[hook] ?? []
    if (spec === null || environment === null || commands.length === 0)
      return { ok: true, message: '', output: [] }
    const { live, preview } = await urlOf(environment.settings)
    return runCommands(commands, {
      folder: spec.folder,
      env: {
        ...inherited(),
        ...plainValues(spec.env),
        SLUICE_HOOK: hook,
        SLUICE_APP: spec.app,
        SLUICE_ENVIRONMENT: environment.settings.name,
        SLUICE_RELEASE: release,
        SLUICE_ROLLOUT: rollout.id,
        SLUICE_REASON: rollout.reason?.message ?? '',
        SLUICE_URL: live,
        SLUICE_PREVIEW_URL: preview ?? '',
        SLUICE_PREVIEW_TOKEN: environment.settings.route.preview?.token ?? '',
      },
    })
  }
}

function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'USER']
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  )
}

// Secrets stay references: a hook that needs one reads its file.
function plainValues(env: Record<string, string | { file: string }>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
