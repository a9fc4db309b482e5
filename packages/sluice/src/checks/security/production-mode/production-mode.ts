import { type Answer, type Check, hint } from '../../check.ts'
import type { Look } from '../../look/look.ts'
import { answerOf, merged } from '../../look/weighed.ts'
import { attempt } from '../../running/attempt.ts'
import { stackTraceIn } from '../../running/stack-trace.ts'
import type { Reply, RunningApp, Trial } from '../../running/trial.ts'
import { djangoDebug } from './django-debug.ts'
import { nodeMode } from './node-mode.ts'
import { sourceMaps } from './source-maps.ts'
import { startedFor } from './started-for.ts'

/**
 * SEC-07. Read: the command that starts it, the variables that it gets, and DEBUG in the settings of Django, which is only
 * a sign, since settings may be put together. Tried: whether an error shows where in the code it happened, and whether
 * maps to the source are served beside scripts. A server of development shows both to whoever asks.
 */
export const productionMode: Check = {
  id: 'SEC-07',
  title: 'it runs as for users, and shows nothing of its inside',
  severity: 'critical',
  blocksFrom: 'C',
  passes: [['static', 'probe']],
  fix: 'Set NODE_ENV=production or DEBUG = False, start the server that is meant for production, and build without source maps.',
  tags: ['security.W018'],
  static: asRead,
  probe: asTried,
}

function asRead(look: Look): Answer {
  const firm = merged(startedFor(look), nodeMode(look))
  const says = 'it is started as for production'
  const django = djangoDebug(look) ?? {}
  const answer = answerOf(merged(firm, django), says)
  return firm.bad.length === 0 && answer.status === 'fail' ? hint(answer) : answer
}

async function asTried(_: Look, trial: Trial): Promise<Answer> {
  const app = await trial.app()
  const all = merged(await errors(trial, app), await sourceMaps(trial, app))
  return answerOf(all, 'neither errors nor scripts show anything of the source')
}

const provocations = [
  { path: '/sluice-check-of-an-unknown-path', accept: 'text/html' },
  { path: '/sluice-check-of-an-unknown-path', accept: 'application/json' },
  // An encoding that means nothing.
  { path: '/%E0%A4%A', accept: 'text/html' },
  { path: '/', accept: 'text/html', body: '{"broken": ' },
]

async function errors(trial: Trial, app: RunningApp) {
  const parts = []
  for (const { path, accept, body } of provocations) {
    const method = body === undefined ? 'GET' : 'POST'
    const headers = { accept, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
    const reply = await attempt(trial, app, path, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
    })
    if (reply.status === null) continue
    const trace = stackTraceIn((reply as Reply).body)
    const asked = `${method} ${path}: ${reply.status}`
    if (trace !== null) parts.push({ bad: [{ says: `${asked} shows ${trace}` }] })
    else parts.push({ good: [{ says: `${asked}, and nothing of the source` }] })
  }
  return merged(...parts)
}
