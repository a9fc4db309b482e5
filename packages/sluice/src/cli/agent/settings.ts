import { readFile, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { refusal } from '../../config/file.ts'
import { duration } from '../../config/values.ts'
import { parseYaml } from '../../config/yaml-document.ts'
import { SluiceError } from '../../errors.ts'
import type { HaproxySettings, InstancesSettings } from '../../routers/router.ts'

/** What holds for a whole SLUICE_HOME. */
export interface AgentSettings {
  /** Where users' requests come in. Port 0: any free one. */
  listen: { host: string; port: number }
  haproxy: HaproxySettings
  instances: InstancesSettings
}

const defaultListen = '127.0.0.1:8080'
const defaultHaproxyListen = '127.0.0.1:8081'
const lastListenFile = 'agent.listen'
const address = z.union([z.string(), z.number()])
const schema = z.strictObject({
  listen: address.optional(),
  haproxy: z
    .strictObject({
      listen: address.optional(),
      tls: z.strictObject({ listen: address, certificates: z.string().min(1) }).optional(),
      binary: z.string().min(1).optional(),
    })
    .optional(),
  instances: z
    .strictObject({
      apply: z.array(z.string().min(1)).min(1).optional(),
      timeout: duration(100, 30_000).optional(),
      wait: duration(0, 20_000).optional(),
    })
    .optional(),
})

/** Where nobody is told, looking every few seconds is what is usual. */
const usualLookMs = 5_000

/** Reads the settings. SLUICE_LISTEN and SLUICE_HAPROXY_LISTEN win over the file. Throws CONFIG_INVALID. */
export async function readSettings(
  home: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<AgentSettings> {
  const file = join(home, 'agent.yaml')
  const text = await readFile(file, 'utf8').catch(() => '')
  const { value, problems } = parseYaml(text)
  if (problems.length > 0) throw refusal(file, problems)
  const read = schema.safeParse(value ?? {})
  if (!read.success) {
    const details = read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    throw new SluiceError('CONFIG_INVALID', `${file} has a problem`, {
      details,
      todo: 'its keys are listen, haproxy.listen, haproxy.tls.listen, haproxy.tls.certificates, haproxy.binary, instances.apply (a list of words), instances.timeout and instances.wait',
    })
  }
  const { listen, haproxy = {}, instances = {} } = read.data
  const { tls, binary = 'haproxy' } = haproxy
  return {
    listen: parseListen(String(env.SLUICE_LISTEN ?? listen ?? (await lastListen(home)) ?? defaultListen)),
    haproxy: {
      listen: parseListen(String(env.SLUICE_HAPROXY_LISTEN ?? haproxy.listen ?? defaultHaproxyListen)),
      // Relative to the file that says so.
      tls:
        tls === undefined
          ? null
          : { listen: parseListen(String(tls.listen)), certificates: resolve(home, tls.certificates) },
      binary,
    },
    instances: {
      apply: instances.apply ?? null,
      timeoutMs: instances.timeout ?? 10_000,
      waitMs: instances.wait ?? (instances.apply === undefined ? usualLookMs : 0),
    },
  }
}

/** `8080`, `0.0.0.0:80` or `[::]:80`. A port alone is this machine's own, 127.0.0.1. Throws CONFIG_INVALID. */
export function parseListen(text: string): { host: string; port: number } {
  const match = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):)?(\d{1,5})$/.exec(text.trim())
  const host = match?.[1] ?? match?.[2] ?? '127.0.0.1'
  const port = Number(match?.[3])
  if (match !== null && isIP(host) !== 0 && port <= 65_535) return { host, port }
  throw new SluiceError('CONFIG_INVALID', `listen wants a port, or an address and a port; found "${text}"`, {
    todo: 'write for example 8080, 0.0.0.0:80 or [::]:80',
  })
}

/** Remembers where this home listens. */
export async function rememberListen(home: string, { host, port }: AgentSettings['listen']): Promise<void> {
  const shown = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  await writeFile(join(home, lastListenFile), `${shown}\n`, { mode: 0o600 })
}

async function lastListen(home: string): Promise<string | null> {
  const text = await readFile(join(home, lastListenFile), 'utf8').catch(() => '')
  return text.trim() === '' ? null : text
}
