import { type Check, fail } from '../../check.ts'
import { answerOf, merged } from '../../look/weighed.ts'
import { dependabot } from './dependabot.ts'
import { renovate } from './renovate.ts'

/** Days that a new version has to be out before it is taken: most that were published by a thief are gone by then. */
const LEAST_DAYS = 7

/** SEC-12. Updates of security never wait in either tool, so that the days cost nothing. */
export const dependencyUpdates: Check = {
  id: 'SEC-12',
  title: 'dependencies are updated by a program, and none that is younger than a week is taken',
  severity: 'medium',
  blocksFrom: null,
  passes: [['static']],
  fix: 'Write .github/dependabot.yml with `cooldown: { default-days: 7 }` for each ecosystem, or renovate.json with `"minimumReleaseAge": "7 days"`.',
  fixedBy: ['ci'],
  tags: ['Dependency-Update-Tool', 'dependabot-cooldown'],
  concerns: ({ app, repositoryFiles: files }) => {
    const hasNone = app.stack === 'static' || (app.stack === 'node' && !app.hasDependencies)
    const others = files.matching(
      /(?:^|\/)(?:Dockerfile|\.gitlab-ci\.yml|Jenkinsfile)$|^\.(?:github\/workflows|circleci)\//,
    )
    return hasNone && others.length === 0 ? 'it depends on nothing that could be updated' : null
  },
  static(look) {
    const found = merged(dependabot(look, LEAST_DAYS), renovate(look, LEAST_DAYS))
    if (Object.values(found).every(({ length }) => length === 0))
      return fail('neither Dependabot nor Renovate is configured')
    return answerOf(found, `updates come by themselves, and wait for ${LEAST_DAYS} days or more`)
  },
}
