import { expect, it } from 'vitest'
import { attempt } from './attempt.ts'
import { trialOf } from './trial.fixture.ts'
import { TrialOver } from './trial.ts'

it('says why there was no answer', async () => {
  const trial = trialOf({ answer: (request) => request.socket.destroy() })
  expect(await attempt(trial, await trial.app(), '/')).toEqual({ status: null, why: 'ECONNRESET' })
})

it('does not take the end of the trial itself for a fault of the app', async () => {
  const trial = trialOf({ answer: (_, response) => response.end() })
  const request = () => Promise.reject(new TrialOver('the checks have had their 2000 requests'))
  await expect(attempt({ ...trial, request }, await trial.app(), '/')).rejects.toThrow('2000 requests')
})

it('takes a limit of the app for no answer to what was asked', async () => {
  const trial = trialOf({ answer: (_, response) => response.writeHead(429).end() })
  const own = await trial.start()
  if (!own.isReady) throw new Error(own.why)
  await expect(attempt(trial, own.app, '/')).rejects.toThrow('the app takes no more requests (/: 429)')
})
