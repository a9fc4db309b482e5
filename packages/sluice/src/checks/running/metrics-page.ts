import type { Look } from '../look/look.ts'
import { manifestContainers } from '../look/manifests.ts'
import { field } from '../look/yaml-documents.ts'
import { type Exposition, readExposition } from './exposition.ts'
import type { RunningApp, Trial } from './trial.ts'

/** What a place that should show metrics answered. */
export type MetricsPage =
  | { found: true; path: string; metrics: Exposition }
  /** `isClosed`: there is something that wants to know who asks. */
  | { found: false; says: string; isClosed: boolean; isBroken: boolean }

/** Asks the app for its metrics where they are by habit, and where its manifests say. */
export async function metricsPage(look: Look, trial: Trial, app: RunningApp): Promise<MetricsPage> {
  let best: MetricsPage & { found: false } = {
    found: false,
    says: 'no path was asked',
    isClosed: false,
    isBroken: false,
  }
  for (const path of pathsOf(look)) {
    const page = await pageAt(trial, app, path)
    if (page.found) return page
    if (page.isClosed || page.isBroken || path === '/metrics') best = page
    if (page.isClosed || page.isBroken) break
  }
  return best
}

/** The same path once more. */
export async function pageAt(trial: Trial, app: RunningApp, path: string): Promise<MetricsPage> {
  const { status, headers, body } = await trial.request(app, path)
  const says = `GET ${path}: ${status}`
  const isClosed = status === 401 || status === 403
  if (status !== 200) return { found: false, says, isClosed, isBroken: false }
  // An app of one page answers every path with that page.
  if (/html|json/.test(headers['content-type'] ?? '') || body.trimStart().startsWith('<'))
    return {
      found: false,
      says: `${says} with ${headers['content-type'] ?? 'a page'}`,
      isClosed,
      isBroken: false,
    }
  const metrics = readExposition(body)
  if ('problem' in metrics)
    return { found: false, says: `${says}, and ${metrics.problem}`, isClosed, isBroken: true }
  return { found: true, path, metrics }
}

function pathsOf(look: Look): string[] {
  const annotated = manifestContainers(look).flatMap(({ manifest, podAt }) => {
    const at = [...podAt.slice(0, -1), 'metadata', 'annotations', 'prometheus.io/path']
    const path = field(manifest.value, ...at)
    return typeof path === 'string' && path.startsWith('/') ? [path] : []
  })
  return [...new Set([...annotated.slice(0, 3), '/metrics', '/api/metrics', '/internal/metrics'])]
}
