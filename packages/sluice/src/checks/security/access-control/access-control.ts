import { type Answer, type Check, type Evidence, unknown } from '../../check.ts'
import type { Look } from '../../look/look.ts'
import { type Operation, openApi, type SecurityScheme } from '../../look/open-api.ts'
import { servesFiles } from '../../look/serves-files.ts'
import { answerOf, type Weighed } from '../../look/weighed.ts'
import { attempt } from '../../running/attempt.ts'
import { withOwnApp } from '../../running/own-app.ts'
import type { Reply, RequestOptions, RunningApp, Trial } from '../../running/trial.ts'

const MOST_OPERATIONS = 150
const DAYS = 90

/**
 * SEC-04. Every operation that the OpenAPI file protects is called without a token and with a wrong one. 401 and 403, or a
 * way to a login page, is right; an answer, or a failure of the app, is wrong. What is refused for another reason (400,
 * 404, 405, 422 …) was refused before anybody asked who is calling, and proves nothing: a person has to look.
 */
export const accessControl: Check = {
  id: 'SEC-04',
  title: 'who calls is asked, and strangers are refused',
  severity: 'critical',
  blocksFrom: 'C',
  passes: [['probe'], ['attested']],
  attestedForDays: DAYS,
  fix: 'Put authentication before the routes and before validation; describe them with `security` in openapi.yaml; or sign for a review in ops/attestations.yaml.',
  concerns: ({ app }) => (servesFiles(app) ? 'it hands out files that everybody may read' : null),
  probe: askAsStranger,
}

async function askAsStranger(look: Look, trial: Trial): Promise<Answer> {
  const { operations, problem } = openApi(look)
  const guarded = operations.filter(({ schemes }) => schemes.length > 0)
  if (operations.length === 0)
    return unknown(
      problem ??
        'there is no OpenAPI file that says which routes are protected: write one, or sign for a review',
    )
  if (guarded.length === 0)
    return unknown('the OpenAPI file protects no route: if that is right, sign for a review')
  const asked = guarded.slice(0, MOST_OPERATIONS)
  // An app of its own: what is not protected is carried out.
  const weighed = await withOwnApp(trial, {}, async (app) => {
    const all: Weighed = { bad: [], weak: [], open: [], good: [] }
    for (const operation of asked)
      for (const one of await tried(trial, app, operation)) all[one.sort].push(one.evidence)
    return all
  })
  const left = guarded.length - asked.length
  if (left > 0) weighed.open.push({ says: `${left} more operations were not tried` })
  return answerOf(
    weighed,
    `${asked.length} protected operations refuse a caller without a token, and one with a wrong token`,
  )
}

type Tried = { sort: keyof Weighed; evidence: Evidence }

async function tried(trial: Trial, app: RunningApp, operation: Operation): Promise<Tried[]> {
  const { method, path, file, line, template } = operation
  const ways: [string, RequestOptions & { query?: string }][] = [
    ['without a token', {}],
    ...operation.schemes.map((scheme): [string, RequestOptions & { query?: string }] => [
      'with a wrong token',
      wrong(scheme),
    ]),
  ]
  const found: Tried[] = []
  for (const [how, { query = '', ...options }] of ways) {
    const body = ['POST', 'PUT', 'PATCH'].includes(method) ? { body: '{}' } : {}
    const headers = { accept: 'application/json', 'content-type': 'application/json', ...options.headers }
    const reply = await attempt(trial, app, `${path}${query}`, { method, headers, ...body })
    const says = `${method} ${template} ${how}: ${reply.status ?? ('why' in reply ? reply.why : '')}`
    found.push({ sort: sortOf(reply), evidence: { says, file, line } })
  }
  return found
}

function sortOf(reply: Reply | { status: null }): keyof Weighed {
  const { status } = reply
  if (status === null) return 'open'
  if (status === 401 || status === 403) return 'good'
  if (status < 300 || status === 500) return 'bad'
  // 503 and its like: who is calling may be asked of a server that is not there while it is tried.
  if (status >= 400) return 'open'
  const isLogin = /log-?in|sign-?in|auth|sso|oauth/i.test((reply as Reply).headers.location ?? '')
  return isLogin ? 'good' : 'open'
}

// Of the form that the scheme wants, so that it is looked at.
function wrong({ kind, name }: SecurityScheme): RequestOptions & { query?: string } {
  const token = 'sluice-check-of-a-wrong-token'
  if (kind === 'query') return { query: `?${encodeURIComponent(name)}=${token}` }
  if (kind === 'cookie') return { headers: { cookie: `${name}=${token}` } }
  if (kind === 'header') return { headers: { [name.toLowerCase()]: token } }
  const basic = Buffer.from(`sluice-check:${token}`).toString('base64')
  return { headers: { authorization: kind === 'basic' ? `Basic ${basic}` : `Bearer ${token}` } }
}
