import { describe, expect, it } from 'vitest'
import type { Reason } from '../core/rollout.ts'
import { rolledBack, succeeded, summary } from './answers.fixture.ts'
import { exitCodeOf } from './exit-code.ts'

function backFor(kind: Reason['kind'], of: 'deploy' | 'rollback' = 'deploy') {
  return { ...rolledBack, kind: of, reason: { kind, message: '', details: [] } }
}

describe('the exit code of a rollout', () => {
  it.each([
    ['ended well', succeeded, 0],
    ['went back on evidence', backFor('evidence'), 10],
    ['went back on health', backFor('health'), 10],
    ['went back for a hook', backFor('hook'), 10],
    ['went back because the outside refused', backFor('outside'), 4],
    ['was aborted by a person', backFor('person'), 12],
    ['was superseded', backFor('superseded'), 12],
    ['is a rollback that could not be completed', backFor('health', 'rollback'), 11],
    ['is a rollback that the outside refused', backFor('outside', 'rollback'), 11],
    ['is a rollback that a person aborted', backFor('person', 'rollback'), 12],
  ])('that %s', (_, rollout, code) => {
    expect(exitCodeOf({ how: 'over', rollout })).toBe(code)
  })

  it.each([
    ['started', { how: 'started', rollout: summary() }, 0],
    ['started and waits for a person', { how: 'started', rollout: summary({ waitsFor: 'a gate' }) }, 13],
    ['waits for a person', { how: 'waiting', rollout: summary({ waitsFor: 'a gate' }) }, 13],
    ['was left by Ctrl-C', { how: 'interrupted', rollout: summary(), isStuck: false }, 130],
    [
      'was left by Ctrl-C on a way back that is refused',
      { how: 'interrupted', rollout: summary(), isStuck: true },
      11,
    ],
  ] as const)('that %s', (_, watched, code) => {
    expect(exitCodeOf(watched)).toBe(code)
  })
})
