import { posix } from 'node:path'
import { stringify } from 'yaml'
import type { AppFacts } from '../detect/facts.ts'
import { variablesToDeclare } from './declared-variables.ts'
import { type Generator, madeBy } from './generator.ts'
import { processCommands } from './process-commands.ts'
import type { GeneratorRequest } from './request.ts'
import { staticHealth } from './static-server.ts'

/** The one file that every other command reads. */
export const sluiceYaml: Generator = {
  summary: 'how it is built, started, asked whether it is well, and where it runs',

  generate(request) {
    const { app, target } = request
    const commands = processCommands(app)
    const isProcess = target === 'process'
    const ownsPort = isProcess && !app.readsPort && app.port !== null
    const lines = [
      madeBy(),
      `app: ${app.name}`,
      '',
      ...(isProcess ? processBuild(commands.build, app) : containerBuild(app)),
      ...(isProcess ? processRun(commands.run, ownsPort, app) : containerRun(app)),
      ...health(app),
      ...schemaOf(request),
      'environments:',
      ...environment('production', {
        target,
        instances: ownsPort ? 1 : 2,
        strategy: ownsPort ? 'recreate' : 'blue-green',
      }),
      ...environment('staging', { target, instances: 1, strategy: ownsPort ? 'recreate' : 'rolling' }),
    ]
    const alone = `It does not read PORT and listens on ${app.port?.value} always, so one copy of it runs at a time, and a new release replaces it. Let it listen on PORT to lose nothing.`
    return {
      files: [{ path: 'sluice.yaml', content: `${lines.join('\n')}\n` }],
      notes: [...(isProcess ? commands.notes : []), ...(ownsPort ? [alone] : [])],
    }
  },
}

/** The way up to where the workspace begins that the app is a member of; null where it is in none, or begins it. */
function contextOf({ folder, workspaceRoot }: AppFacts): string | null {
  return (workspaceRoot === null ? '' : posix.relative(folder, workspaceRoot)) || null
}

function processBuild(build: string | null, app: AppFacts): string[] {
  const lines = [...contextLine(app), ...(build === null ? [] : [`  command: ${value(build)}`])]
  return lines.length === 0 ? [] : ['build:', ...lines, '']
}

function contextLine(app: AppFacts): string[] {
  const context = contextOf(app)
  return context === null
    ? []
    : [`  context: ${context}                    # all of the workspace; commands begin there`]
}

function processRun(run: string | string[] | null, ownsPort: boolean, { port, start }: AppFacts): string[] {
  const because = start === null ? '' : `   # ${start.from.says.replaceAll('\n', ' ')}`
  return [
    'run:',
    `  command: ${value(run ?? '')}${because}`,
    ...(ownsPort ? [`  port: ${port!.value}                     # it cannot be told another one`] : []),
    '',
  ]
}

function containerBuild(app: AppFacts): string[] {
  const path = app.workspaceRoot === null ? '.' : posix.relative(app.workspaceRoot, app.folder)
  return ['build:', ...contextLine(app), `  dockerfile: ${value(posix.join(path, 'Dockerfile'))}`, '']
}

function containerRun({ port, readsPort }: AppFacts): string[] {
  return readsPort || port === null ? [] : ['run:', `  port: ${port.value}`, '']
}

function health(app: AppFacts): string[] {
  const { readiness, liveness } = app.stack === 'static' ? staticHealth : pathsOf(app)
  const path = (found: string | null) => (found === null ? '' : `path: ${value(found)}, `)
  return [
    'health:',
    `  readiness: { ${path(readiness)}period: 10s, failures: 2 }`,
    `  liveness: { ${path(liveness)}period: 30s, failures: 3 }`,
    '  startup: { period: 5s, failures: 30 }',
    ...(readiness === null
      ? [
          '  # No health path was found: an instance counts as ready as soon as its port accepts a connection.',
        ]
      : []),
    '',
  ]
}

function pathsOf({ health: { readiness, liveness } }: AppFacts) {
  return { readiness: readiness?.value ?? null, liveness: liveness?.value ?? null }
}

function schemaOf({ schema, variables }: GeneratorRequest): string[] {
  if (schema === null && variablesToDeclare(variables).length === 0) return []
  return ['env:', '  schema: ./env.schema.yaml           # checked before anything starts', '']
}

function environment(
  name: string,
  { target, instances, strategy }: { target: string; instances: number; strategy: string },
): string[] {
  return [
    `  ${name}:`,
    `    target: ${target}`,
    '    router: embedded',
    // First guesses: one that takes more and more must not take the machine from the others.
    ...(target === 'process' ? [] : ['    container: { memory: 512mb, cpus: 1, pids: 500 }']),
    `    instances: ${instances}`,
    `    strategy: ${strategy}`,
  ]
}

/** In one line, quoted where YAML wants it. */
function value(of: string | string[]): string {
  return typeof of === 'string' ? scalar(of) : `[${of.map(word).join(', ')}]`
}

function word(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? scalar(text) : JSON.stringify(text)
}

// What JSON quotes YAML reads.
function scalar(text: string): string {
  return stringify(text, { lineWidth: 0 }).trim() === text ? text : JSON.stringify(text)
}
