// The benchmarks put the same users on an app as the demo does.
export * from '../packages/sluice/src/cli/demo/load.ts'
