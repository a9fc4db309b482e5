import type { Job } from './pipeline.ts'

const readsCode: Job['permissions'] = [
  { scope: 'contents', level: 'read', because: 'the code that it works on' },
]

/** A job with what is said of it, and else with nothing that it could do harm with. */
export function job(given: Pick<Job, 'id' | 'title' | 'place' | 'steps'> & Partial<Job>): Job {
  return {
    needs: [],
    checkout: 'files',
    services: [],
    env: {},
    secrets: [],
    environment: null,
    preview: null,
    approval: null,
    timeoutMinutes: 15,
    retries: 1,
    cache: [],
    outputs: [],
    inputs: [],
    artifacts: [],
    cloud: null,
    permissions: given.checkout === 'nothing' ? [] : readsCode,
    ...given,
  }
}
