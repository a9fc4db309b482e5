import type { CommandModule } from './command.ts'

/** What help says of a command, and where it is. */
export interface CommandEntry {
  /** Heading in the help; null hides the command. */
  group: 'Begin' | 'Move' | 'Look' | 'Steer' | 'Machine' | null
  summary: string
  load(): Promise<CommandModule>
}

/** Every command, in the order of the help. */
export const commands = {
  init: {
    group: 'Begin',
    summary: 'write what the app in a folder needs to be deployed',
    load: () => import('./init.ts'),
  },
  env: {
    group: 'Begin',
    summary: 'compare the variables that the code reads with those that are declared',
    load: () => import('./env.ts'),
  },
  check: {
    group: 'Begin',
    summary: 'say whether the app is ready for production, with evidence',
    load: () => import('./check.ts'),
  },
  deploy: {
    group: 'Move',
    summary: 'release a folder, or an earlier release',
    load: () => import('./deploy.ts'),
  },
  plan: {
    group: 'Move',
    summary: 'say what a deploy would do, cost and risk',
    load: () => import('./plan.ts'),
  },
  preview: {
    group: 'Move',
    summary: 'release to an environment for a while, such as one for a pull request',
    load: () => import('./preview.ts'),
  },
  simulate: {
    group: 'Move',
    summary: 'rehearse it: what would be caught at this traffic, and when',
    load: () => import('./simulate.ts'),
  },
  rollback: {
    group: 'Move',
    summary: 'go back to the release before, or to any',
    load: () => import('./rollback.ts'),
  },
  drill: {
    group: 'Move',
    summary: 'break a copy of what serves, and see it noticed and undone',
    load: () => import('./drill.ts'),
  },
  status: { group: 'Look', summary: 'what serves, and what is going on', load: () => import('./status.ts') },
  history: {
    group: 'Look',
    summary: 'the rollouts so far, and how they ended',
    load: () => import('./history.ts'),
  },
  explain: { group: 'Look', summary: 'why a rollout went as it did', load: () => import('./explain.ts') },
  logs: { group: 'Look', summary: 'what the instances print', load: () => import('./logs.ts') },
  promote: {
    group: 'Steer',
    summary: 'let a rollout pass the step it waits at',
    load: () => import('./promote.ts'),
  },
  pause: { group: 'Steer', summary: 'hold a rollout where it is', load: () => import('./pause.ts') },
  resume: { group: 'Steer', summary: 'let a paused rollout go on', load: () => import('./resume.ts') },
  abort: {
    group: 'Steer',
    summary: 'end a rollout; the old release serves all',
    load: () => import('./abort.ts'),
  },
  up: { group: 'Machine', summary: 'start everything that should run', load: () => import('./up.ts') },
  down: { group: 'Machine', summary: 'drain and stop, keeping the state', load: () => import('./down.ts') },
  demo: {
    group: 'Machine',
    summary: 'see it work, in a minute, leaving nothing behind',
    load: () => import('./demo.ts'),
  },
  agent: {
    group: null,
    summary: 'the control process; other commands start it',
    load: () => import('./agent.ts'),
  },
} satisfies Record<string, CommandEntry>
