import { type Check, type Evidence, notApplicable, unknown } from '../check.ts'
import { NO_CI } from '../look/ci-commands.ts'
import { ciFiles } from '../look/ci-files.ts'
import { answerOf, merged, type Weighed } from '../look/weighed.ts'
import { type Workflow, workflows } from '../look/workflows.ts'
import { entriesOf, field } from '../look/yaml-documents.ts'

/**
 * SEC-08. Only GitHub Actions says in its files what the token of a job may do; other systems set it elsewhere.
 * Nothing said means the repository's default, which may be to write everything. A top level that only reads is as good as
 * an empty one; one that writes gives its right to every job, also to those that come later.
 */
export const ciPermissions: Check = {
  id: 'SEC-08',
  title: 'the token of CI may do only what each job needs',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['static']],
  fix: 'Write `permissions: {}` at the top of each workflow, and in each job the scopes that it needs, such as `contents: read`.',
  fixedBy: ['ci'],
  tags: ['Token-Permissions', 'excessive-permissions', 'CKV2_GHA_1'],
  static(look) {
    const files = ciFiles(look)
    if (files.length === 0) return unknown(NO_CI)
    if (files.every(({ system }) => system !== 'github'))
      return notApplicable(`${files[0]!.system} does not say in its files what the token of a job may do`)
    const { workflows: all, unread } = workflows(look)
    const open = unread.map((file) => ({ says: 'a workflow that is not YAML', file }))
    return answerOf(
      merged({ open }, ...all.map(permissionsOf)),
      'every job is given what it needs, and no more',
    )
  },
}

function permissionsOf(workflow: Workflow): Partial<Weighed> {
  const { file, document, jobs, triggers } = workflow
  const top = field(document.value, 'permissions')
  const at = (says: string, place: (string | number)[]): Evidence => ({
    says,
    file,
    line: document.lineOf(place),
  })
  const jobsAtAll = jobs.filter(({ value }) => field(value, 'permissions') === 'write-all')
  const bad = jobsAtAll.map(({ id, at: job }) =>
    at(`job ${id} may write everything`, [...job, 'permissions']),
  )
  if (top === 'write-all') return { bad: [at('every job may write everything', ['permissions']), ...bad] }
  if (top === 'read-all') return { bad, weak: [at('every job may read everything', ['permissions'])] }
  if (top === null) {
    // What is only called has the rights of its caller.
    const isCalled = triggers.length > 0 && triggers.every((trigger) => trigger === 'workflow_call')
    const silent = isCalled ? [] : jobs.filter(({ value }) => field(value, 'permissions') === null)
    const says = (id: string) => `job ${id} has the default permissions, which may be to write`
    return {
      bad: [...bad, ...silent.map(({ id, at: job }) => at(says(id), job))],
      good: [{ says: isCalled ? 'has what its caller gives' : 'permissions in each job', file }],
    }
  }
  const writes = entriesOf(top).filter(([, level]) => level === 'write')
  if (writes.length > 0 && jobs.length > 1) {
    const scopes = writes.map(([scope]) => scope).join(', ')
    return { bad, weak: [at(`each of ${jobs.length} jobs may write ${scopes}`, ['permissions'])] }
  }
  const says = entriesOf(top).length === 0 ? 'nothing is permitted at the top' : 'few permissions at the top'
  return { bad, good: [at(says, ['permissions'])] }
}
