import { type AlertRule, alertRules } from './alert-rules.ts'
import { once } from './look.ts'
import { isOwnFile } from './own-files.ts'

/** Alerting rules below the app's own folder; where it has none, those of the repository that are of no other app. */
export const ownAlertRules = once((look): AlertRule[] => {
  const all = alertRules(look).filter(({ file }) => isOwnFile(look)(file))
  const inFolder = new Set(look.files.paths.map((path) => look.files.at(path)))
  const own = all.filter(({ file }) => inFolder.has(file))
  return own.length > 0 ? own : all
})
