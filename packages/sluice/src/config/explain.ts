import { targets } from '../targets/index.ts'
import type { Config, EnvironmentConfig } from './config.ts'
import { configJsonSchema } from './json-schema.ts'
import { allKeys, type Key, valueAt } from './keys.ts'

/** One value that holds, as text, and who said so. */
interface Line {
  key: string
  value: string
  origin: 'default' | 'top level' | 'environment'
}

/**
 * What holds for one environment and where each value comes from: one line for each key, in the order of the reference
 * page. Variables are named without their values, which may be secrets.
 */
export function describeConfig(config: Config, environment: EnvironmentConfig): string[] {
  const keys = allKeys(configJsonSchema())
  const ofEnvironment = keys.filter(({ path }) => path[0] === 'environments' && path.length > 2)
  const ofTop = keys.filter(({ path }) => path[0] !== 'environments' && path[0] !== 'preview')
  const lines = [
    ...ofEnvironment.flatMap((key) => environmentLine(key, config, environment)),
    ...ofTop.flatMap((key) => topLine(key, config, environment)),
    ...variableLines(config, environment),
  ]
  const keyWidth = Math.max(...lines.map(({ key }) => key.length))
  const valueWidth = Math.max(...lines.map(({ value }) => value.length))
  return lines.map(
    ({ key, value, origin }) => `${key.padEnd(keyWidth)}  ${value.padEnd(valueWidth)}  ${origin}`,
  )
}

function environmentLine({ path, schema }: Key, config: Config, environment: EnvironmentConfig): Line[] {
  const below = path.slice(2)
  if (!isValue(below, schema)) return []
  const [first, strategy] = below
  const key = below.join('.')
  const written = valueAt(config.written, ['environments', environment.name, ...below])
  const origin = written === undefined ? 'default' : 'environment'
  if (key === 'host') return [{ key, value: environment.host, origin }]
  if (key === 'strategy') return [{ key, value: environment.strategy?.kind ?? 'as plan recommends', origin }]
  if (first === 'container' && !runsImages(environment) && written === undefined) return []
  if (first === 'strategy' && strategy !== environment.strategy?.kind) return []
  if (written === undefined && isOff(below, config, environment)) return []
  return line(key, written ?? schema.default, origin)
}

function runsImages({ target }: EnvironmentConfig): boolean {
  return targets[target].can.runsImages
}

// What is not asked for has no defaults either.
function isOff(below: string[], config: Config, { name }: EnvironmentConfig): boolean {
  const optional = [
    ['after', 'holdback'],
    ['metrics', 'prometheus'],
  ].find((path) => path.every((step, at) => below[at] === step))
  if (optional === undefined) return false
  return valueAt(config.written, ['environments', name, ...optional]) === undefined
}

/** Of no interest where everything is a process. */
const forContainers = ['build.dockerfile', 'build.args']

function topLine({ path, schema }: Key, config: Config, environment: EnvironmentConfig): Line[] {
  if (!isValue(path, schema)) return []
  const key = path.join('.')
  const written = valueAt(config.written, path)
  if (written === undefined && forContainers.includes(key) && !runsImages(environment)) return []
  const origin = written === undefined ? 'default' : 'top level'
  if (key === 'health.startup.path') return line(key, config.health.startup.path, origin)
  return line(key, written ?? schema.default, origin)
}

function variableLines(config: Config, environment: EnvironmentConfig): Line[] {
  return Object.entries(environment.env).map(([name, value]) => ({
    key: `env.${name}`,
    value: typeof value === 'string' ? '(not shown)' : `from ${value.file}`,
    origin: isOwnVariable(config, environment, name) ? 'environment' : 'top level',
  }))
}

function isOwnVariable(config: Config, environment: EnvironmentConfig, name: string): boolean {
  return valueAt(config.written, ['environments', environment.name, 'env', name]) !== undefined
}

/** Neither a map around other keys, nor a part of a value that is shown whole. */
function isValue(path: string[], { properties }: Key['schema']): boolean {
  const isPart = path.includes('[]') || path.includes('<name>') || (path[0] === 'sticky' && path.length > 1)
  return properties === undefined && !isPart && path.at(-1) !== 'env'
}

function line(key: string, value: unknown, origin: Line['origin']): Line[] {
  return value === undefined ? [] : [{ key, value: textOf(value), origin }]
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : `[${value.map(textOf).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.keys(value).length === 0 ? 'none' : JSON.stringify(value)
}
