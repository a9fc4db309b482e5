import { lineAt } from '../../look/files.ts'
import type { Look } from '../../look/look.ts'
import { isFilled, onCallFile } from '../../look/on-call-file.ts'
import { ownMatching } from '../../look/own-files.ts'
import { merged, type Weighed } from '../../look/weighed.ts'
import { entriesOf, field } from '../../look/yaml-documents.ts'

const CALM = /^(?:warn(?:ing)?|info|information|notice|ticket|low|none|minor|p[3-5]|sev[3-5])$/i
const ALERTMANAGER = /(?:^|\/)(?:alertmanager[\w.-]*|[\w.-]*alertmanager-?config[\w.-]*)\.ya?ml$/i

/** What is known of where alerts of each severity go: by ops/on-call.yaml, or else by the configuration of Alertmanager. */
export function routesOf(look: Look, severities: string[]): Weighed {
  const found = merged()
  const onCall = onCallFile(look)
  const written = field(onCall?.value, 'severities')
  if (onCall !== null && entriesOf(written).length > 0) {
    for (const severity of severities) {
      const at = { file: onCall.file, line: onCall.lineOf(['severities', severity]) }
      const [pages, route] = ['pages', 'route'].map((key) => field(written, severity, key))
      if (field(written, severity) === null)
        found.bad.push({ says: `severity ${severity} is not among severities`, ...at })
      else if (!isFilled(route)) found.bad.push({ says: `severity ${severity} has no route yet`, ...at })
      else if (pages === true && CALM.test(severity))
        found.bad.push({ says: `severity ${severity} pages`, ...at })
      else found.good.push({ says: `${severity} goes to ${route}`, ...at })
    }
    return found
  }
  const { repositoryFiles: files } = look
  for (const path of ownMatching(look, ALERTMANAGER)) {
    const text = files.read(path) ?? ''
    const at = text.search(/severity|priority|level/)
    const says = 'routes by severity'
    if (at !== -1 && /receivers?:/.test(text))
      found.good.push({ says, file: files.at(path), line: lineAt(text, at) })
  }
  if (found.good.length === 0)
    found.open.push({
      says: 'where alerts go is not known: neither severities in ops/on-call.yaml nor alertmanager.yaml',
    })
  return found
}
