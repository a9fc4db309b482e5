import type { Answer, Check, Evidence, Method, Severity, Status } from './check.ts'
import { DAY_MS, dayText } from './look/day.ts'
import type { Look } from './look/look.ts'

/** What came of one check. */
export interface Finding {
  id: string
  title: string
  severity: Severity
  status: Status
  /** One sentence: what was found. */
  says: string
  /** In the order of the methods. */
  evidence: (Evidence & { method: Method })[]
  /** Those that have spoken. */
  methods: Method[]
  /** Whether a deploy of this tier has to wait for it. */
  isBlocking: boolean
  /** Why it does not block although it would. */
  leniency: string | null
  fix: string
}

const order: Method[] = ['attested', 'platform', 'static', 'executed', 'probe']

/** Puts together what the methods have answered. A method that did not speak is not among them. */
export function settle(check: Check, answers: Partial<Record<Method, Answer>>, look: Look): Finding {
  const all = withoutReplaced(check, withAttestation(check, answers, look))
  const { status, says } = excused(check, look, all) ?? decided(check, all)
  const blocks = isAsked(check, look) && (status === 'fail' || status === 'unknown')
  const leniency = blocks ? leniencyFor(check, look) : null
  return {
    id: check.id,
    title: check.title,
    severity: check.severity,
    status,
    says,
    evidence: onceEach(
      entriesOf(all).flatMap(([method, { evidence }]) => evidence.map((one) => ({ ...one, method }))),
    ),
    methods: entriesOf(all).map(([method]) => method),
    isBlocking: blocks && leniency === null,
    leniency,
    fix: check.fix,
  }
}

// What two methods have seen is said once.
function onceEach(evidence: Finding['evidence']): Finding['evidence'] {
  const keys = evidence.map(({ says, file, line }) => JSON.stringify([says, file, line]))
  return evidence.filter((_, index) => keys.indexOf(keys[index]!) === index)
}

/** Whether the app's tier asks for it. */
function isAsked({ blocksFrom }: Check, { settings }: Look): boolean {
  // 'A' is the strictest, and the letters are in order.
  return blocksFrom !== null && settings.tier <= blocksFrom
}

function leniencyFor({ id }: Check, { settings, now }: Look): string | null {
  const lenient = settings.lenient[id]
  if (lenient === undefined || Date.parse(`${lenient.expires}T23:59:59Z`) < now) return null
  return `${lenient.reason} (${lenient.owner}, until ${lenient.expires})`
}

// A reason that it does not concern the app is no answer to having seen it fail.
function excused({ id }: Check, { settings }: Look, all: Answers): Pick<Finding, 'status' | 'says'> | null {
  const reason = settings.notApplicable[id]
  const isSeen = all.probe?.status === 'fail' || all.executed?.status === 'fail'
  return reason === undefined || isSeen ? null : { status: 'na', says: `said in sluice.yaml: ${reason}` }
}

type Answers = Partial<Record<Method, Answer>>

function withAttestation(check: Check, answers: Answers, look: Look): Answers {
  if (check.attestedForDays === undefined) return answers
  const days = check.attestedForDays
  const signed = look.attestations.valid
    .filter((one) => one.check === check.id && one.when <= look.now)
    .toSorted((a, b) => b.expires - a.expires)[0]
  if (signed === undefined) return answers
  const end = Math.min(signed.expires, signed.when + days * DAY_MS)
  const evidence = [
    { says: `${signed.who} on ${dayText(signed.when)}, until ${dayText(end)}: ${signed.link}` },
  ]
  if (end <= look.now) {
    const says = `the attestation of ${signed.who} has expired on ${dayText(end)}`
    return { ...answers, attested: { status: 'unknown', says, evidence } }
  }
  return { ...answers, attested: { status: 'pass', says: `${signed.who} has attested it`, evidence } }
}

function withoutReplaced({ replaces = {} }: Check, all: Answers): Answers {
  const gone = entriesOf(all).flatMap(([method, { status }]) => (isWord(status) ? [replaces[method]] : []))
  return Object.fromEntries(entriesOf(all).filter(([method]) => !gone.includes(method)))
}

function decided(check: Check, all: Answers): Pick<Finding, 'status' | 'says'> {
  const spoken = entriesOf(all)
  const isFirm = spoken.some(
    ([method, { status, isHint }]) => !isHint && method !== 'attested' && isWord(status),
  )
  const counted = spoken.filter(([, { isHint }]) => !isHint || !isFirm)
  const found = (status: Status) => counted.findLast(([, answer]) => answer.status === status)?.[1]

  // What was tried and failed outweighs everything; what was only read gives way to a signature where it is a mere sign.
  const failed = counted.filter(([, { status }]) => status === 'fail')
  const isSigned = all.attested?.status === 'pass' && failed.every(([, { isHint }]) => isHint)
  if (failed.length > 0 && !isSigned) return { status: 'fail', says: failed.at(-1)![1].says }

  const na = found('na')
  if (na !== undefined && !counted.some(([, { status }]) => status !== 'na'))
    return { status: 'na', says: na.says }
  // What does not concern the app proves nothing by itself.
  const has = (methods: readonly Method[]) =>
    methods.every((method) => ['pass', 'warn', 'na'].includes(all[method]?.status ?? 'unknown')) &&
    methods.some((method) => ['pass', 'warn'].includes(all[method]!.status))
  const proof = check.passes.find(has)
  if (proof !== undefined) {
    const warned = found('warn')
    if (warned !== undefined) return { status: 'warn', says: warned.says }
    return { status: 'pass', says: lastOf(proof, all).says }
  }
  const partial = check.warns?.find(has)
  const settled = found('unknown')?.says ?? wouldSettle(check, all)
  if (partial !== undefined) return { status: 'warn', says: `${lastOf(partial, all).says}; ${settled}` }
  return { status: 'unknown', says: settled }
}

function isWord(status: Status): boolean {
  return status === 'pass' || status === 'fail' || status === 'warn'
}

function lastOf(methods: readonly Method[], all: Answers): Answer {
  return (
    methods.map((method) => all[method]!).findLast(({ status }) => status === 'pass') ?? all[methods.at(-1)!]!
  )
}

const ways: { [K in Method]: string } = {
  static: 'files that can be read',
  executed: 'sluice check --run',
  probe: 'sluice check --probe',
  platform: 'a stored reply of the platform',
  attested: 'an attestation',
}

function wouldSettle({ passes }: Check, all: Answers): string {
  const missing = passes.map((methods) =>
    methods.filter((method) => !isWord(all[method]?.status ?? 'unknown')),
  )
  const said = missing
    .filter(({ length }) => length > 0)
    .map((methods) => methods.map((one) => ways[one]).join(' and '))
  return `not known yet: ${[...new Set(said)].join(', or ')} would settle it`
}

function entriesOf(all: Answers): [Method, Answer][] {
  return order.flatMap((method): [Method, Answer][] =>
    all[method] === undefined ? [] : [[method, all[method]]],
  )
}
