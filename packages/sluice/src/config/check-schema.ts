import { z } from 'zod'
import { INSIDE, oneOf, section, text, whole, yesNo } from './values.ts'

const CHECK = /^[A-Z]{3}-\d{2}$/
const SENTENCE = /^(?=.*\S)[^\n]{1,300}$/
const DAY = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/

const check = text('check', CHECK, 'the id of a check, such as SEC-03')
const sentence = text('reason', SENTENCE, 'a sentence')

/** What may stand below `check`: how ready for production the app has to be. */
export const checkSection = section({
  tier: oneOf(['A', 'B', 'C'])
    .prefault('C')
    .describe(
      'How much `sluice check` asks for, by the availability that is promised: A above 99.9 %, B 99 to 99.9 %, C 95 to 99 %.',
    ),
  gate: yesNo()
    .prefault(false)
    .describe('Whether `sluice deploy` refuses while a check of the tier fails or cannot be told.'),
  coverage: whole(0, 100).prefault(80).describe('Least share of lines that tests run, in percent.'),
  stateful: yesNo()
    .optional()
    .describe('Whether it keeps what must not be lost. By its databases and `data` when not given.'),
  attestations: text('path', INSIDE, 'a path inside the folder, such as ops/attestations.yaml')
    .prefault('ops/attestations.yaml')
    .describe('File in which people sign for what no program can see.'),
  notApplicable: z
    .record(check, sentence, { error: 'a map of checks and why they do not concern the app' })
    .prefault({})
    .describe('Checks that do not concern the app, each with the reason. Shown in every report.'),
  lenient: z
    .record(
      check,
      z.strictObject(
        {
          reason: sentence.describe('Why it does not block.'),
          owner: sentence.describe('Who sees to it.'),
          expires: text('day', DAY, 'a day such as 2027-01-31').describe(
            'The last day on which it does not block.',
          ),
        },
        { error: 'a map with reason, owner and expires' },
      ),
      { error: 'a map of checks' },
    )
    .prefault({})
    .describe('Checks that do not block for a while. Shown in every report.'),
})

/** As it was read. */
export type ReadCheck = z.output<typeof checkSection>
