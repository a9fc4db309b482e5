import { type AlertRule, alertRules } from './alert-rules.ts'
import { once } from './look.ts'

/** Alerting rules below the app's own folder; where it has none, those of the repository that are neither tests nor examples. */
export const ownAlertRules = once((look): AlertRule[] => {
  const all = alertRules(look)
  const inFolder = new Set(look.files.paths.map((path) => look.files.at(path)))
  const own = all.filter(({ file }) => inFolder.has(file) && !isSample(file, look.files.at('.')))
  return own.length > 0 ? own : all.filter(({ file }) => !isSample(file, '.'))
})

function isSample(file: string, folder: string): boolean {
  const below = folder === '.' ? file : file.slice(folder.length + 1)
  return /(?:^|\/)(?:tests?|__tests__|fixtures?|examples?|samples?)\//.test(below)
}
