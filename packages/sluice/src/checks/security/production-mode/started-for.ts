import { imageFile } from '../../look/image-file.ts'
import type { Look } from '../../look/look.ts'
import { merged, type Weighed } from '../../look/weighed.ts'
import { inSluiceYaml } from '../../look/where-it-runs.ts'
import { entriesOf, field } from '../../look/yaml-documents.ts'
import { builtStage } from './built-stage.ts'

/** Servers that restart with each change and show errors to whoever asks. */
const FOR_DEVELOPMENT =
  /\bnodemon\b|\bts-node-dev\b|\btsx\s+watch\b|\bnode\s+(?:\S+\s+)*--watch\b|\b(?:next|nuxi?|astro|remix|gatsby)\s+dev(?:elop)?\b|\bvite(?:\s+(?:dev|serve))?\s*(?:--|$)|\bng\s+serve\b|\breact-scripts\s+start\b|\bwebpack(?:-dev-server|\s+serve)\b|\bmanage\.py\s+runserver\b|\bflask\s+(?:\S+\s+)*(?:run|--debug)\b|\bfastapi\s+dev\b|(?:uvicorn|gunicorn|hypercorn)\b.*--reload\b|^\s*air\b/

const DEBUG_VARIABLES = /^(?:DJANGO_|FLASK_|APP_)?DEBUG$/
const ON = /^(?:true|1|yes|on|t|y)$/i

/** What starts the app, and the variables that it gets. */
export function startedFor(look: Look): Partial<Weighed> {
  const commands = startCommands(look).map(({ text, ...place }): Partial<Weighed> => {
    const evidence = { says: `is started by ${text.slice(0, 80)}`, ...place }
    if (!FOR_DEVELOPMENT.test(text)) return { good: [evidence] }
    return { bad: [{ ...evidence, says: `is started by a server of development: ${text.slice(0, 80)}` }] }
  })
  if (commands.length === 0 && look.app.stack === 'static')
    return { good: [{ says: 'files are served as they are', file: look.files.at(look.app.because.file) }] }
  return merged(...commands, variablesOf(look))
}

/** A command that starts the app, and where it stands. */
export interface Started {
  text: string
  file: string
  line?: number
}

/** The command of sluice.yaml, the image's, and what they call in package.json; without either, what `npm start` calls. */
export function startCommands(look: Look): Started[] {
  const { config, files } = look
  const image = imageFile(look)
  const found: Started[] = []
  if (config !== null && config.run.command !== null) {
    const { file, line } = inSluiceYaml(look, '', ['run', 'command'])
    found.push({
      text: [config.run.command].flat().join(' '),
      file: file!,
      ...(line === undefined ? {} : { line }),
    })
  }
  const last = builtStage(look)?.instructions.filter(
    ({ keyword }) => keyword === 'CMD' || keyword === 'ENTRYPOINT',
  )
  for (const { json, text, line } of last ?? [])
    found.push({ text: json?.join(' ') ?? text, file: image!.file, line })
  const scripts = entriesOf(field(objectIn(files.read('package.json')), 'scripts'))
  const called = found.flatMap(
    ({ text }) => /\b(?:npm|pnpm|yarn|bun)\s+(?:run\s+)?([\w:-]+)/.exec(text)?.[1] ?? [],
  )
  const names = found.length === 0 ? ['start'] : called
  const own = scripts.filter(([name]) => names.includes(name))
  return [...found, ...own.map(([, script]) => ({ text: String(script), file: files.at('package.json') }))]
}

function variablesOf(look: Look): Partial<Weighed> {
  // In Node, DEBUG chooses what is logged.
  if (look.app.stack === 'node') return {}
  return merged(
    ...Object.values(look.config?.environments ?? {}).map(({ name: environment, env }) => {
      const on = Object.entries(env).find(
        ([name, value]) => DEBUG_VARIABLES.test(name) && typeof value === 'string' && ON.test(value),
      )
      if (on === undefined) return {}
      const evidence = inSluiceYaml(look, `${environment} sets ${on[0]} to ${on[1]}`, [
        'environments',
        environment,
        'env',
        on[0],
      ])
      return environment.startsWith('prod') ? { bad: [evidence] } : { weak: [evidence] }
    }),
  )
}

function objectIn(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return null
  }
}
