import { z } from 'zod'
import { profiles } from '../core/analysis/spec.ts'
import { strategyNames } from '../core/strategies/index.ts'
import { deciding, judging } from './analysis-schema.ts'
import { amount, commands, day, duration, oneOf, second, section, share, yesNo } from './values.ts'

const progressDeadline = duration(second, day)
  .prefault('10m')
  .describe(
    'Instances that were started and are not all ready after this long turn the rollout back. Every other step has a bound of its own.',
  )

const rolling = section({
  batch: amount(1).prefault(1).describe('Instances replaced at a time.'),
  surge: amount(0)
    .optional()
    .describe(
      'Instances beyond the full count while a batch is replaced; those that have drained and are ending do not count. As many as `batch` when not given.',
    ),
  maxUnavailable: amount(0)
    .prefault(0)
    .describe('Instances that may be missing from the full count meanwhile.'),
  analyze: section({
    for: duration(0, day).prefault('10s').describe('How long each batch is watched before the next one.'),
    ...judging,
  })
    .prefault({})
    .describe('How each batch is judged.'),
  progressDeadline,
}).superRefine((options, context) => {
  if (options.surge !== undefined && isNone(options.surge) && isNone(options.maxUnavailable)) {
    const message = 'with surge 0 and maxUnavailable 0 no instance could ever be replaced. Raise one of them'
    context.addIssue({ code: 'custom', path: ['surge'], message })
  }
})

const blueGreen = section({
  smoke: commands()
    .prefault([])
    .describe(
      'Commands run against the preview address before the switch; they find it in SLUICE_PREVIEW_URL, and its token in SLUICE_PREVIEW_TOKEN.',
    ),
  bake: duration(0, day)
    .prefault('30s')
    .describe('How long the new release is watched with all traffic before the rollout has succeeded.'),
  approve: yesNo().prefault(false).describe('Whether a person has to approve the switch.'),
  analyze: section(judging)
    .prefault({})
    .describe('How the new release is compared with the share that `after.holdback` leaves the old one.'),
  progressDeadline,
})

const canaryStep = z.strictObject({
  weight: share().describe('Share of the traffic that the candidate gets.'),
  for: duration(0, day).optional().describe('How long this step is watched. `analyze.for` when not given.'),
  gate: yesNo().prefault(false).describe('Whether a person has to approve going on from this step.'),
})

const canary = section({
  steps: z
    .array(
      z.union([share().transform((weight) => ({ weight, for: undefined, gate: false })), canaryStep], {
        error: 'a share such as 5%, or a map of weight, for and gate',
      }),
      { error: 'a list of shares such as [1%, 5%, 25%, 50%]' },
    )
    .min(1, { error: 'at least one step, such as 10%' })
    .max(50, { error: 'at most 50 steps' })
    .meta({ title: 'list of shares or steps' })
    .prefault(['1%', '5%', '25%', '50%'])
    .describe(
      'Shares of the traffic that the candidate gets, one after another; all traffic follows by itself.',
    ),
  analyze: section({
    for: duration(0, day)
      .optional()
      .describe(
        'How long each step is watched that does not say so itself. Its part of `deadline` when not given.',
      ),
    ...deciding,
  })
    .prefault({})
    .describe('How each step is judged.'),
  scale: oneOf(['full', 'match-weight'])
    .prefault('full')
    .describe('`full` starts all instances first; `match-weight` only as many as the next weight needs.'),
  approve: yesNo().prefault(false).describe('Whether a person has to approve the move to all traffic.'),
  progressDeadline,
}).superRefine(({ steps, analyze }, context) => {
  for (const [index, step] of steps.entries()) {
    const before = steps[index - 1]
    if (before === undefined || step.weight > before.weight) continue
    const message = 'a step has to give the candidate more traffic than the step before it'
    context.addIssue({ code: 'custom', path: ['steps', index], message })
  }
  const sum = steps.reduce((total, step) => total + (step.for ?? analyze.for ?? 0), 0)
  if (sum > (analyze.deadline ?? profiles[analyze.profile].deadlineMs)) {
    const message =
      'the steps together are watched for longer than analyze.deadline allows. Raise it, or shorten the steps'
    context.addIssue({ code: 'custom', path: ['steps'], message })
  }
})

const recreate = section({ progressDeadline })

const options = {
  rolling: rolling.optional().describe('Replaces instances batch by batch.'),
  'blue-green': blueGreen
    .optional()
    .describe('Starts all of the new release beside the old one, then switches at once.'),
  canary: canary
    .optional()
    .describe('Gives the new release a growing share of the traffic while it is judged.'),
  recreate: recreate
    .optional()
    .describe('Ends the old release before the new one starts, for apps that cannot run twice.'),
}

/** A name, or a map of one name to its options. Its output has exactly one of the four keys. */
export const strategySchema = z
  .union(
    [
      oneOf(strategyNames).transform((name) => strategyOptions.parse({ [name]: {} })),
      z.strictObject(options).superRefine((written, context) => {
        const named = Object.keys(written)
        if (named.length === 1) return
        const message =
          named.length === 0
            ? `no strategy is named. Name one of ${strategyNames.join(', ')}`
            : `an environment has one strategy, and here are ${named.length}: ${named.join(', ')}`
        context.addIssue({ code: 'custom', message })
      }),
    ],
    { error: `a strategy: one of ${strategyNames.join(', ')}, or a map of one of them to its options` },
  )
  .meta({ title: 'strategy' })

const strategyOptions = z.strictObject(options)

/** A strategy as the schema gives it out: one key, all its options filled in. */
export type ReadStrategy = z.output<typeof strategyOptions>

function isNone(value: { count: number } | { basisPoints: number }): boolean {
  return 'count' in value ? value.count === 0 : value.basisPoints === 0
}
