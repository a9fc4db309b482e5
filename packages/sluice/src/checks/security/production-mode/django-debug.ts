import { lineAt } from '../../look/files.ts'
import type { Look } from '../../look/look.ts'
import type { Weighed } from '../../look/weighed.ts'
import { builtStage } from './built-stage.ts'

const OFF = /^(?:["']?(?:false|0|no|off|)["']?)$/i
const MOST_LEVELS = 3

/** What DEBUG is in the settings that Django starts with; null where it is no app of Django. */
export function djangoDebug(look: Look): Partial<Weighed> | null {
  if (look.app.stack !== 'python' || look.app.django === null) return null
  const module = chosenElsewhere(look) ?? look.app.django.settings.value
  const path = fileOf(look, module)
  if (path === null) return { open: [{ says: `the settings ${module} were not found` }] }
  const file = look.files.at(path)
  const set = debugIn(look, module, MOST_LEVELS)
  // Django's own default.
  if (set === 'not set') return { good: [{ says: 'DEBUG is not set, so that it is off', file }] }
  if (set === 'elsewhere')
    return { open: [{ says: 'DEBUG is taken from settings that were not found', file }] }
  const says = `DEBUG = ${set.expression.slice(0, 60)}`
  return { [sortOf(set.expression, set.text, look)]: [{ says, file: set.file, line: set.line }] }
}

interface WrittenDebug {
  expression: string
  text: string
  file: string
  line: number
}

/** Follows `from .base import *`, by which settings are put together. */
function debugIn(look: Look, module: string, levels: number): WrittenDebug | 'not set' | 'elsewhere' {
  const path = fileOf(look, module)
  if (path === null || levels === 0) return 'elsewhere'
  const text = look.files.read(path) ?? ''
  const set = [...text.matchAll(/^DEBUG\s*(?::\s*bool\s*)?=\s*(.+?)\s*(?:#.*)?$/gm)].at(-1)
  if (set !== undefined)
    return { expression: set[1]!, text, file: look.files.at(path), line: lineAt(text, set.index) }
  const from = [...text.matchAll(/^from\s+(\.?)([\w.]+)\s+import\s+\*/gm)].at(-1)
  if (from === undefined) return 'not set'
  const around = path.endsWith('/__init__.py') ? module : module.split('.').slice(0, -1).join('.')
  return debugIn(look, from[1] === '.' ? `${around}.${from[2]}` : from[2]!, levels - 1)
}

function fileOf({ files }: Look, module: string): string | null {
  const path = module.replaceAll('.', '/')
  return [`${path}.py`, `${path}/__init__.py`].find((one) => files.exists(one)) ?? null
}

function sortOf(expression: string, text: string, look: Look): 'good' | 'bad' | 'open' {
  if (expression === 'False') return 'good'
  if (expression === 'True') return 'bad'
  const name = /["'](\w+)["']/.exec(expression)?.[1]
  if (name === undefined) return 'open'
  const given = productionOf(look)?.env[name]
  if (typeof given === 'string') return OFF.test(given) ? 'good' : 'bad'
  // `os.environ.get("DEBUG", "False") == "True"`, `env.bool("DEBUG", default=False)`, `Env(DEBUG=(bool, False))`
  const fallback =
    /\(\s*["']\w+["']\s*,\s*(?:default\s*=\s*)?("[^"]*"|'[^']*'|\w+)/.exec(expression)?.[1] ??
    new RegExp(`\\bEnv\\([^)]*\\b${name}=\\(bool,\\s*(\\w+)\\)`).exec(text)?.[1]
  if (fallback !== undefined) return OFF.test(fallback) ? 'good' : 'open'
  // `os.getenv("DEBUG") == "1"`
  const isAsked = /(?:environ(?:\.get\(|\[)|getenv\()\s*["']\w+["']\s*[\])]\s*(?:==|in\b)/
  return isAsked.test(expression) ? 'good' : 'open'
}

function productionOf({ config }: Look) {
  return Object.values(config?.environments ?? {}).find(({ name }) => name.startsWith('prod'))
}

function chosenElsewhere(look: Look): string | null {
  const set = productionOf(look)?.env.DJANGO_SETTINGS_MODULE
  if (typeof set === 'string') return set
  const inImage = builtStage(look)
    ?.instructions.flatMap(({ keyword, properties }) => (keyword === 'ENV' ? properties : []))
    .findLast(({ name }) => name === 'DJANGO_SETTINGS_MODULE')
  return inImage?.value ?? null
}
