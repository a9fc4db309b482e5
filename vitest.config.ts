import { defineConfig } from 'vitest/config'

/** Rooms whose tests leave nothing behind in the process, so that they share one: what they import is read once. */
const sharing = ['checks', 'config', 'core', 'detect', 'generators', 'pipeline', 'std'].map(
  (room) => `packages/sluice/src/${room}/**/*.test.ts`,
)
/** What is waited for takes longer on a busy machine than the second that vitest gives it. */
const patient = { poll: { timeout: 10_000 } }
const unit = { testTimeout: 30_000, hookTimeout: 30_000, expect: patient }

export default defineConfig({
  test: {
    // All cores: by itself it leaves one of two idle.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'test/*.test.ts', 'bench/*.test.ts'],
          exclude: sharing,
          ...unit,
        },
      },
      { test: { name: 'unit, sharing', include: sharing, isolate: false, ...unit } },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts', 'test/chaos/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 60_000,
          expect: patient,
          fileParallelism: false,
        },
      },
    ],
  },
})
