/**
 * What jobs run by name and version. Looked up on 2026-11-22 in the registries of npm, PyPI and Go.
 * Modules of Go are checked against the public checksum database; an unpinned tool is another tool tomorrow.
 */
export const pins = {
  /** The Sluice that deploys: the one that wrote the file. */
  sluice: '0.1.0',
  pnpm: '12.21.0',
  'yarn-classic': '1.22.22',
  'yarn-berry': '4.18.1',
  bun: '1.4.5',
  uv: '0.13.9',
  poetry: '2.5.1',
  pipenv: '2026.10.3',
  pdm: '2.29.4',
  c8: '12.0.0',
  'pip-audit': '2.10.1',
  gitleaks: '8.30.1',
  govulncheck: '1.9.0',
} as const

/** Taken where the app does not say: the newest that is maintained for long. */
export const newest = { node: '26', python: '3.14', go: '1.27' } as const

/** Images for CI systems that run a job in one. */
export const jobImages = {
  node: (version: string) => `node:${version}`,
  go: (version: string) => `golang:${version}`,
  python: (version: string) => `python:${version}`,
  engine: 'docker:28-cli',
  engineServer: 'docker:28-dind',
} as const
