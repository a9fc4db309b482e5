import type { HookCommand } from '../../../config/config.ts'
import type { Look } from '../../look/look.ts'
import { productionOf } from '../../look/production.ts'

/** A command that tries a release before users meet it, and when it is run. */
export interface SmokeCommand extends HookCommand {
  hook: 'smoke' | 'beforeTraffic'
}

/** Those of the production environment, in the order of a rollout. */
export function smokeCommands({ config }: Look): SmokeCommand[] {
  const hooks = productionOf(config)?.hooks
  if (hooks === undefined) return []
  return (['smoke', 'beforeTraffic'] as const).flatMap((hook) => hooks[hook].map((one) => ({ ...one, hook })))
}

/** As it is shown. */
export function lineOf({ command }: HookCommand): string {
  return [command].flat().join(' ')
}

const ADDRESS = /\bhttps?:\/\/(?:[^\s/@'"`]*@)?(\[[\d:a-f]+\]|[^\s/:'"`?#]+)/gi
const OWN = /^(?:localhost|.*\.localhost|127\.[\d.]+|\[::1\]|0\.0\.0\.0|\$.*)$/i

/**
 * A machine that a command would ask whatever it is told: one whose address is in its words or in its script of package.json,
 * or the app's own host in a file that the words name. Null where there is none to be seen.
 */
export function otherMachine(look: Look, one: SmokeCommand): string | null {
  const line = lineOf(one)
  const written = [line, scriptOf(look, line)].flatMap((text) =>
    [...text.matchAll(ADDRESS)].map(([, host]) => host!),
  )
  const foreign = written.find((host) => !OWN.test(host))
  if (foreign !== undefined) return foreign
  const hosts = Object.values(look.config?.environments ?? {}).map(({ host }) => host)
  const files = `${line} ${scriptOf(look, line)}`
    .split(/[\s'"=;&|]+/)
    .map((word) => look.files.read(word.replace(/^\.\//, '')) ?? '')
  return (
    hosts.filter((host) => !OWN.test(host)).find((host) => files.some((text) => text.includes(host))) ?? null
  )
}

function scriptOf({ files }: Look, line: string): string {
  const name = /^(?:npm|pnpm|yarn|bun)(?: run)? (?:--?\S+ )*([\w:.-]+)/.exec(line)?.[1]
  if (name === undefined) return ''
  try {
    const { scripts = {} } = JSON.parse(files.read('package.json') ?? '{}') as {
      scripts?: Record<string, string>
    }
    return String(scripts[name] ?? '')
  } catch {
    return ''
  }
}
