import { once } from '../../look/look.ts'
import { onCallFile } from '../../look/on-call-file.ts'
import { ownMatching } from '../../look/own-files.ts'
import { entriesOf, field, listOf, type YamlDocument, yamlDocuments } from '../../look/yaml-documents.ts'

/** A promise, as it is written; what is not there is null. */
export interface Objective {
  says: string
  objective: unknown
  window: unknown
  /** The query, as text. */
  indicator: unknown
  /** Where it is shown. */
  dashboard: unknown
  file: string
  line: number
}

/** Every SLO in the repository: Sluice's own form, OpenSLO, Sloth and Pyrra. */
export const objectives = once((look): Objective[] => {
  const own = onCallFile(look)
  const files = look.repositoryFiles
  const beside = ownMatching(look, /\.ya?ml$/).flatMap((path) => {
    // Before it is parsed: most files are something else.
    const isSlo = /(?:^|\/)slos?\b[^/]*\.ya?ml$/i.test(path) || isWritten(files.read(path) ?? '')
    return isSlo ? yamlDocuments(files, path).documents : []
  })
  return [
    ...(own === null ? [] : sluiceForm(own)),
    ...beside.flatMap((document) => [
      ...sluiceForm(document),
      ...openSlo(document),
      ...sloth(document),
      ...pyrra(document),
    ]),
  ]
})

function isWritten(text: string): boolean {
  return /^apiVersion:\s*["']?(?:openslo|sloth\.slok\.dev|pyrra\.dev)\b|^version:\s*["']?prometheus\/v1\b/m.test(
    text,
  )
}

function sluiceForm(document: YamlDocument): Objective[] {
  const isAlone = /(?:^|\/)slos?\.ya?ml$/.test(document.path) && field(document.value, 'slo') === null
  const at = isAlone ? [] : ['slo']
  const block = field(document.value, ...at)
  if (entriesOf(block).length === 0 || (isAlone && field(block, 'objective') === null)) return []
  return [
    {
      says: 'the SLO',
      objective: field(block, 'objective'),
      window: field(block, 'window'),
      indicator: field(block, 'indicator'),
      dashboard: field(block, 'dashboard'),
      file: document.file,
      line: document.lineOf(at.length === 0 ? ['objective'] : at),
    },
  ]
}

// github.com/OpenSLO/OpenSLO, v1 and v1alpha
function openSlo(document: YamlDocument): Objective[] {
  const { value } = document
  if (!/^openslo/.test(String(field(value, 'apiVersion'))) || field(value, 'kind') !== 'SLO') return []
  const [first] = listOf(field(value, 'spec', 'objectives'))
  const window =
    field(value, 'spec', 'timeWindow', 0, 'duration') ?? field(value, 'spec', 'timeWindows', 0, 'count')
  const indicator =
    field(value, 'spec', 'indicator') ?? field(value, 'spec', 'indicatorRef') ?? field(first, 'ratioMetrics')
  return [placed(document, 'SLO', field(first, 'target') ?? field(first, 'targetPercent'), window, indicator)]
}

// sloth.dev: the window is 30 days unless the program is told otherwise.
function sloth(document: YamlDocument): Objective[] {
  const { value } = document
  const isFile = field(value, 'version') === 'prometheus/v1'
  if (!isFile && field(value, 'kind') !== 'PrometheusServiceLevel') return []
  return listOf(field(value, ...(isFile ? ['slos'] : ['spec', 'slos']))).map((one) =>
    placed(
      document,
      String(field(one, 'name') ?? 'an SLO'),
      field(one, 'objective'),
      '30d',
      field(one, 'sli'),
    ),
  )
}

// github.com/pyrra-dev/pyrra
function pyrra(document: YamlDocument): Objective[] {
  const { value } = document
  if (field(value, 'kind') !== 'ServiceLevelObjective') return []
  const at = (key: string) => field(value, 'spec', key)
  return [placed(document, 'ServiceLevelObjective', at('target'), at('window'), at('indicator'))]
}

function placed(
  document: YamlDocument,
  says: string,
  objective: unknown,
  window: unknown,
  indicator: unknown,
): Objective {
  const text =
    indicator === null ? null : typeof indicator === 'string' ? indicator : JSON.stringify(indicator)
  const at = { file: document.file, line: document.lineOf(['spec']) }
  return { says, objective, window, indicator: text, dashboard: null, ...at }
}
