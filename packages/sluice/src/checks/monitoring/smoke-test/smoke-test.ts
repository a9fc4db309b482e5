import { type Answer, type Check, fail, pass, unknown, warn } from '../../check.ts'
import { ciFiles } from '../../look/ci-files.ts'
import type { Look } from '../../look/look.ts'
import { type PipelineJob, pipelineJobs } from '../../look/pipeline-jobs.ts'
import { isProduction, productionOf } from '../../look/production.ts'
import { runSmoke } from './run-smoke.ts'
import { lineOf, smokeCommands } from './smoke-commands.ts'

const SMOKE = /smoke|post-?deploy(?:ment)?[-_ ]?(?:test|check|verif)|sanity[-_ ]?(?:test|check)/i
/** A deploy that ends with a question to what was deployed is tried as well, whatever it is called. */
const ASKS = /\bcurl\b[^\n]*(?:--fail|\s-\w*f\w*\s|http_code)/

/**
 * MON-10. `hooks.beforeTraffic`, or `smoke` of blue-green, of the production environment in sluice.yaml; or a job or step named
 * smoke in the CI files after the deploy to staging and before the one to production, or `curl --fail` in the deploy to
 * staging. That it is green is read from what Sluice's agent knows of the newest rollout, whose hooks have run; or the
 * hooks are run against the copy of the app that a trial has started.
 */
export const smokeTest: Check = {
  id: 'MON-10',
  title: 'a smoke test stands between a deploy and its users',
  severity: 'high',
  blocksFrom: 'B',
  passes: [
    ['static', 'platform'],
    ['static', 'executed'],
  ],
  warns: [['static']],
  // A release that it has stopped must not bar the one that mends it.
  replaces: { executed: 'platform' },
  fix: 'Name a command that asks the preview address for what matters under hooks.beforeTraffic of the environment in sluice.yaml: hooks: { beforeTraffic: [npm run smoke] }. sluice check --run --probe tries it on a copy.',
  static: (look) => stageOf(look),
  platform: (look) => newestRollout(look),
  executed: runSmoke,
}

function stageOf(look: Look): Answer {
  const production = productionOf(look.config)
  const [first] = smokeCommands(look)
  if (production !== null && first !== undefined) {
    const says = `${lineOf(first)} runs before users meet a release of ${production.name}`
    return pass(says, [{ says, file: look.files.at('sluice.yaml') }])
  }
  const jobs = pipelineJobs(look)
  const smoke = jobs.filter(
    ({ text, deploysTo }) => SMOKE.test(text) || (deploysTo !== null && ASKS.test(text)),
  )
  if (smoke.length > 0) return ofJobs(smoke, jobs)
  if (production !== null) return fail(`no smoke test runs before users meet a release of ${production.name}`)
  if (ciFiles(look).length === 0)
    return unknown('neither sluice.yaml nor a CI file says what happens after a deploy')
  const deploy = jobs.find(({ deploysTo }) => deploysTo === 'production')
  if (deploy === undefined) return unknown('the CI files do not show how production is deployed')
  const at = { file: deploy.file, line: deploy.line }
  return fail(`${deploy.id} deploys to production, and nothing named smoke runs before`, [
    { says: deploy.id, ...at },
  ])
}

function ofJobs(smoke: PipelineJob[], jobs: PipelineJob[]): Answer {
  const { id, file, line } = smoke[0]!
  const evidence = [{ says: `${id} runs a smoke test`, file, line }]
  const places = (to: string) => jobs.flatMap((job, index) => (job.deploysTo === to ? [index] : []))
  const [staging, production] = [places('staging')[0], places('production').at(-1)]
  if (production === undefined)
    return warn(`${id} runs a smoke test, and no deploy to production is to be seen`, evidence)
  const isBetween = smoke.some((one) => {
    const at = jobs.indexOf(one)
    return at < production && (staging === undefined || at >= staging)
  })
  if (isBetween) return pass(`${id} runs a smoke test before production`, evidence)
  return warn(`${id} runs a smoke test, and not between staging and production`, evidence)
}

function newestRollout(look: Look): Answer {
  const deploys = (look.operations?.rollouts ?? []).filter(
    ({ kind, environment }) => kind === 'deploy' && isProduction(environment),
  )
  const [newest] = deploys
  if (newest === undefined) {
    const how = smokeCommands(look).length > 0 ? '; sluice check --run --probe runs it against a copy' : ''
    return unknown(
      `Sluice has recorded no deploy to production: the smoke test was never seen to run there${how}`,
    )
  }
  const evidence = [{ says: `${newest.environment}: ${newest.says}` }]
  if (newest.isGreen) return pass('the newest rollout succeeded, and its hooks with it', evidence)
  if (newest.turnedBackFor === 'hook') return fail(`the smoke test failed: ${newest.says}`, evidence)
  return unknown(
    `the newest rollout was undone for another reason than the smoke test: ${newest.says}`,
    evidence,
  )
}
