import { type Check, unknown } from '../../check.ts'
import { NO_CI } from '../../look/ci-commands.ts'
import { ciFiles } from '../../look/ci-files.ts'
import { answerOf, merged } from '../../look/weighed.ts'
import { forkCheckouts } from './fork-checkouts.ts'
import { interpolations } from './interpolations.ts'
import { pipedDownloads } from './piped-downloads.ts'
import { templateInjections } from './template-injections.ts'

/**
 * SEC-10. Three ways in which a stranger's pull request comes to run with the project's secrets: its code is checked out
 * where secrets are, its title becomes part of a script, or a script is taken from a server and run unseen. The contexts
 * that a stranger can write are those of GitHub Security Lab ("Keeping your GitHub Actions and workflows secure", part 2).
 */
export const dangerousWorkflows: Check = {
  id: 'SEC-10',
  title: 'no workflow runs what a stranger has written',
  severity: 'critical',
  blocksFrom: 'C',
  passes: [['static']],
  fix: 'Hand values of events to a script through `env:` and write them as "$NAME"; use `pull_request` in place of `pull_request_target`; download, check the sum, then run.',
  tags: ['Dangerous-Workflow', 'template-injection', 'dangerous-triggers'],
  static(look) {
    const files = ciFiles(look)
    if (files.length === 0) return unknown(NO_CI)
    const open = files
      .filter(({ system, document }) => system !== 'jenkins' && document === null)
      .map(({ file }) => ({ says: 'is not YAML that can be read', file }))
    const good = files.map(({ file }) => ({ says: 'runs nothing that a stranger can write', file }))
    return answerOf(
      merged(
        { open, good },
        forkCheckouts(look),
        templateInjections(look),
        interpolations(look),
        pipedDownloads(look),
      ),
      `none of ${files.length === 1 ? 'the file' : `${files.length} files`} of CI runs what a stranger can write`,
    )
  },
}
