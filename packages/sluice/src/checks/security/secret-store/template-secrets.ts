import type { Evidence } from '../../check.ts'
import { lineAt } from '../../look/files.ts'
import { isForTests } from '../../look/for-tests.ts'
import type { Look } from '../../look/look.ts'
import { manifests } from '../../look/manifests.ts'
import { merged, type Weighed } from '../../look/weighed.ts'
import { literalSecret } from './literal-secret.ts'

const WORKLOAD = /^kind:\s*(?:Deployment|StatefulSet|DaemonSet)\s*$/m
const CONFIG_MAP = /^kind:\s*ConfigMap\s*$/m
const SECRET = /^kind:\s*Secret\s*$/m

/** `- name: API_KEY` with `value:` below it; `valueFrom:` refers to a store. */
const VARIABLE = /-\s*name:\s*["']?([\w.-]+)["']?\s*\n\s*value:\s*\S/g
const ENTRY = /^\s+["']?([A-Za-z_][\w.-]*)["']?:[ \t]*\S/gm

/**
 * Templates of manifests, as Helm has them, which are no YAML until they are filled in: names of secrets that get a value,
 * whose value nobody can read. A template that only refers to Secrets says enough as it stands.
 */
export function templateSecrets(look: Look): Partial<Weighed> {
  const { repositoryFiles: files } = look
  return merged(
    ...manifests(look).unread.map((problem): Partial<Weighed> => {
      const path = problem.split(' is ')[0]!
      const text = files.read(path) ?? ''
      const isStarted = [WORKLOAD, CONFIG_MAP, SECRET].some((kind) => kind.test(text))
      if (!isStarted || isForTests(path)) return {}
      const file = files.at(path)
      const open = filledIn(text).map((evidence) => ({ ...evidence, file }))
      return open.length > 0
        ? { open }
        : { good: [{ says: 'the template names no secret but by reference', file }] }
    }),
  )
}

function filledIn(text: string): Evidence[] {
  const secret = SECRET.exec(text)
  if (secret !== null)
    return [
      { says: 'a Secret is filled in with values that cannot be read', line: lineAt(text, secret.index) },
    ]
  const named = [...text.matchAll(CONFIG_MAP.test(text) ? ENTRY : VARIABLE)]
  return named
    .filter(([, name]) => literalSecret(name!, 'any word') !== null)
    .map(({ 1: name, index }) => ({
      says: `${name} is filled in with a value that cannot be read`,
      line: lineAt(text, index),
    }))
}
