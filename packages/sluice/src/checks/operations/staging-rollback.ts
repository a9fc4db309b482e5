import { type Answer, type Check, fail, pass, unknown } from '../check.ts'
import { dayText } from '../look/day.ts'
import type { Look } from '../look/look.ts'
import { isStaging } from '../look/production.ts'
import { recordOf } from '../look/record-file.ts'

const MOST_DAYS = 90

/**
 * OPS-03. A `sluice drill` or `sluice rollback` of an environment named staging, test, preview or the like, since the release
 * before the newest one came there; or ops/records/OPS-03.yaml with `when`, `environment: staging` and `result`, 90 days old
 * at most.
 */
export const stagingRollback: Check = {
  id: 'OPS-03',
  title: 'the way back was tried in staging before production',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['platform']],
  fix: 'sluice drill --env staging --yes after each deploy to staging. Elsewhere tried: ops/records/OPS-03.yaml with { when: 2026-11-22, environment: staging, result: passed }.',
  platform: (look) => triedInStaging(look),
}

function triedInStaging(look: Look): Answer {
  const rollouts = (look.operations?.rollouts ?? []).filter(({ environment }) => isStaging(environment))
  const drills = (look.operations?.drills ?? []).filter(({ environment }) => isStaging(environment))
  const tried = [...drills, ...rollouts.filter(({ kind }) => kind === 'rollback')].toSorted(
    (a, b) => b.at - a.at,
  )
  const [newest] = tried
  if (newest === undefined) return recorded(look)
  const says = `the newest of ${newest.environment}, on ${dayText(newest.at)}`
  const evidence = [{ says: `${says}: ${newest.says}` }]
  if (!newest.isGreen) return fail(`${says}, failed: ${newest.says}`, evidence)
  const previous = rollouts
    .filter(({ kind, isGreen }) => kind === 'deploy' && isGreen)
    .toSorted((a, b) => b.at - a.at)[1]
  if (previous !== undefined && newest.at < previous.at)
    return unknown(`${says}, was two releases ago: sluice drill --env ${newest.environment} --yes`, evidence)
  return pass(`${says}, succeeded`, evidence)
}

function recorded(look: Look): Answer {
  const found = recordOf(look, 'OPS-03', MOST_DAYS)
  if ('record' in found) {
    const { says, document } = found.record
    return pass(`${says}, tells of one that passed`, [{ says: 'result: passed', file: document.file }])
  }
  if (found.answer.evidence.length > 0) return found.answer
  const names = Object.keys(look.config?.environments ?? {})
  const staging = names.find(isStaging)
  if (staging !== undefined)
    return unknown(`nobody is known to have tried it in ${staging}: sluice drill --env ${staging} --yes`)
  return unknown('no environment is named staging, and no record ops/records/OPS-03.yaml is there')
}
