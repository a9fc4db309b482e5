import type { ContainerSpec, ReleaseSpec } from './target.ts'

/** The environment that targets are tried in. */
export const ENVIRONMENT = 'shop/production'

/** A release that is asked at /readyz and /livez, often enough for a test; its command is for the caller to say. */
export function plainSpec(release: string, folder: string): ReleaseSpec {
  return {
    release,
    app: 'shop',
    environment: ENVIRONMENT,
    folder,
    command: [],
    env: {},
    startup: { path: '/readyz', periodMs: 1_000, timeoutMs: 1_000, failures: 20 },
    readiness: { path: '/readyz', periodMs: 50, timeoutMs: 1_000, failures: 2 },
    liveness: { path: '/livez', periodMs: 1_000, timeoutMs: 1_000, failures: 3 },
    graceMs: 2_000,
    data: [],
  }
}

/** A container of this image that runs a script of Node, with nothing else asked for. */
export function plainContainer(image: string, script: string): ContainerSpec {
  return {
    image,
    command: ['node', '-e', script],
    init: true,
    user: null,
    memoryBytes: null,
    cpus: null,
    pids: null,
    readOnly: false,
    tmpfs: [],
    volumes: [],
    networks: [],
    secrets: 'env',
    log: { maxBytes: 1_000_000, files: 2 },
    reach: null,
    constraints: [],
  }
}
