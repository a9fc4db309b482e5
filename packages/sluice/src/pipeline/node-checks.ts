import { posix } from 'node:path'
import type { NodeFacts } from '../detect/facts.ts'
import type { CheckRequest, Checks } from './checks.ts'
import { job } from './job.ts'
import { cacheOf, canAudit, nodeManagers, toolOf } from './node-managers.ts'
import { newest, pins } from './pins.ts'
import type { Job, Step } from './pipeline.ts'
import { servicesOf } from './services.ts'
import { shellWord } from './shell-word.ts'

/** One job for each script that the app has. */
export function nodeChecks({ app, variables, hasOwnBuild }: CheckRequest & { app: NodeFacts }): Checks {
  const { scripts, hasDependencies, folder } = app
  const manager = nodeManagers[app.packageManager.value]
  const services = servicesOf(app, variables)
  const version = app.version?.value ?? newest.node
  const place = { kind: 'language', language: 'node', version } as const
  const tool = toolOf(app, manager)
  const isBun = app.packageManager.value === 'bun'
  const isLocked = app.lockfiles.length > 0
  const install: Step[] = hasDependencies
    ? [
        {
          name: 'Install',
          folder: rootOf(app),
          script: `${tool} ${isLocked ? manager.locked : manager.free}`,
        },
      ]
    : []
  const cache = cacheOf(app, manager)
  const running = (id: string, title: string, script: string, more: Partial<Job> = {}): Job =>
    job({ id, title, place, cache, steps: [...install, { name: title, folder, script }], ...more })
  const run = (script: string) => `${tool} run ${shellWord(script)}`
  const { lint, types, test, integration, build } = scripts
  const isAudited = hasDependencies && isLocked && canAudit(app, manager)
  return {
    jobs: [
      ...(lint === undefined ? [] : [running('lint', 'Lint', run(lint))]),
      ...(types === undefined ? [] : [running('type-check', 'Types', run(types))]),
      ...(test === undefined
        ? []
        : [
            running('unit', 'Unit tests with coverage', isBun ? run(test) : covered(run(test)), {
              artifacts: isBun ? [] : [posix.join(folder, 'coverage/lcov.info')],
              // Where there is one kind of tests, they are those that need the servers too.
              services: integration === undefined ? services : [],
            }),
          ]),
      ...(integration === undefined
        ? []
        : [running('integration', 'Integration tests', run(integration), { services, timeoutMinutes: 30 })]),
      ...(build === undefined || !hasOwnBuild ? [] : [running('build', 'Build', run(build))]),
      ...(isAudited
        ? [
            job({
              ...{ id: 'dependencies', title: 'No known weakness in dependencies', place },
              steps: [
                {
                  name: 'Ask for known weaknesses',
                  folder: rootOf(app),
                  script: `${tool} ${manager.audit}`,
                },
              ],
            }),
          ]
        : []),
    ],
    notes: notesOf(app, canAudit(app, manager)),
  }
}

// Counted by V8 itself, so it does not matter what runs the tests; Bun has another engine.
function covered(command: string): string {
  return `npx --yes c8@${pins.c8} --reporter=text-summary --reporter=lcovonly ${command}`
}

function notesOf(
  { scripts, packageManager, hasDependencies, lockfiles, name }: NodeFacts,
  isAuditable: boolean,
): string[] {
  const missing = [
    ...(scripts.lint === undefined ? ['lint'] : []),
    ...(scripts.types === undefined ? ['typecheck'] : []),
    ...(scripts.test === undefined ? ['test'] : []),
    ...(scripts.integration === undefined ? ['test:integration'] : []),
  ]
  return [
    ...(missing.length === 0
      ? []
      : [
          `The pipeline of ${name} has no job for what it has no script for: ${missing.join(', ')}. Add the script to package.json, and run sluice init again.`,
        ]),
    ...(scripts['end-to-end'] === undefined
      ? []
      : [
          `The pipeline of ${name} does not run ${scripts['end-to-end']}: nothing says which browsers and servers it needs. Add a job for it.`,
        ]),
    ...(hasDependencies && lockfiles.length === 0
      ? [
          `The pipeline of ${name} installs whatever is newest, as there is no lockfile: make one and commit it.`,
        ]
      : []),
    ...(hasDependencies && !isAuditable
      ? [
          `The pipeline of ${name} does not ask for known weaknesses: its ${packageManager.value} asks where npm no longer answers. Move to yarn 4, pnpm 12 or npm.`,
        ]
      : []),
    ...(packageManager.value === 'bun' && scripts.test !== undefined
      ? [
          `The pipeline of ${name} shows the coverage that ${scripts.test} prints, as Bun counts its own: bun test --coverage.`,
        ]
      : []),
  ]
}

/** Where it is installed: the workspace that it is part of, or its own folder. */
function rootOf({ workspaceRoot, folder }: NodeFacts): string {
  return workspaceRoot ?? folder
}
