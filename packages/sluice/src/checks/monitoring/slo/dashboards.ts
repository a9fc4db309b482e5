import type { Evidence } from '../../check.ts'
import type { Look } from '../../look/look.ts'
import { isFilled } from '../../look/on-call-file.ts'
import { ownMatching } from '../../look/own-files.ts'
import { metricNames } from '../../look/promql-names.ts'
import type { Objective } from './objectives.ts'

const DASHBOARD = /(?:^|\/)(?:[\w.-]*(?:dashboard|grafana)[\w.-]*\/.*|[^/]*dashboard[^/]*)\.json$/i

/** Where a promise is shown: the link that is written beside it, or a dashboard of Grafana that asks for its metrics. */
export function dashboardOf({ dashboard, indicator, file, line }: Objective, look: Look): Evidence | null {
  if (isFilled(dashboard)) return { says: `shown at ${dashboard}`, file, line }
  const names = namesIn(String(indicator))
  const { repositoryFiles: files } = look
  const path = ownMatching(look, DASHBOARD).find((one) => {
    const text = files.read(one) ?? ''
    return (
      text.includes('"panels"') &&
      (names.some((name) => text.includes(name)) || /"slo[:_]|sli_error|error.budget/i.test(text))
    )
  })
  return path === undefined ? null : { says: 'a dashboard asks for its metrics', file: files.at(path) }
}

// Of OpenSLO and its like, queries stand among other texts.
function namesIn(indicator: string): string[] {
  if (!indicator.startsWith('{')) return metricNames(indicator)
  return [...new Set(indicator.match(/\b[a-z]\w+_(?:total|count|bucket|seconds\w*)\b/g) ?? [])]
}
