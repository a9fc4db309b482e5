import type { Evidence } from '../../check.ts'
import type { Look } from '../../look/look.ts'
import type { Weighed } from '../../look/weighed.ts'
import { everyWorkflow } from '../../look/workflows.ts'

/** `owner/repo/path@` and a full commit, of SHA-1 or SHA-256. */
const BY_COMMIT = /@(?:[0-9a-f]{40}|[0-9a-f]{64})$/i
const BY_DIGEST = /@sha256:[0-9a-f]{64}$/i

/** Actions and called workflows, by whether they are pinned. A tag can be moved, also one of a full version. */
export function actionPins(look: Look): Partial<Weighed> {
  const all = everyWorkflow(look).flatMap(({ file, document, jobs }) =>
    jobs.flatMap(({ uses, at, steps }) => [
      ...(uses === null ? [] : [{ uses, file, line: document.lineOf([...at, 'uses']) }]),
      ...steps.flatMap((step) =>
        step.uses === null ? [] : [{ uses: step.uses, file, line: document.lineOf([...step.at, 'uses']) }],
      ),
    ]),
  )
  // What begins so is of the same commit as the workflow itself.
  const foreign = all.filter(({ uses }) => !uses.startsWith('./'))
  const isPinned = ({ uses }: { uses: string }) =>
    uses.startsWith('docker://') ? BY_DIGEST.test(uses) : BY_COMMIT.test(uses)
  const evidence = ({ uses, file, line }: (typeof all)[number], says: string): Evidence => ({
    says: `${uses} ${says}`,
    file,
    line,
  })
  return {
    bad: foreign.filter((one) => !isPinned(one)).map((one) => evidence(one, 'may be another one tomorrow')),
    good: foreign.filter(isPinned).map((one) => evidence(one, 'is pinned')),
  }
}
