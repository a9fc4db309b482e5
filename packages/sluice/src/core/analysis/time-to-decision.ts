import { type Bet, logFactors } from './e-process.ts'

/** What is bet, and what must be reached: a metric's weight among all, and alpha for all. */
export interface Wager extends Pick<Bet, 'theta0' | 'delta' | 'sign' | 'phi' | 'omega0'> {
  alpha: number
  weight: number
}

/** What is assumed of the traffic from now on. */
export interface Outlook {
  /** The candidate's part of all requests, 0..1. */
  share: number
  /** Bad requests per request, of the candidate and of stable. */
  pC: number
  pS: number
}

/** What the mixture usually costs against the best alternative, in nats: an empirical constant. */
const priceOfMixture = 1.5

/** About how many nats the best alternative must gather until the mixture decides: ln(1/(alpha weight omega0)) + 1.5. */
export function evidenceNeeded({
  alpha,
  weight,
  omega0,
}: Pick<Wager, 'alpha' | 'weight' | 'omega0'>): number {
  return -Math.log(alpha * weight * omega0) + priceOfMixture
}

/**
 * Expected nats per request of both arms, for each alternative of `gridU`: ln f of the expected counts, which is the
 * expected ln f, as it is linear in them. Analysis reference, section 6.3.
 */
export function growthRates(
  wager: Pick<Wager, 'theta0' | 'delta' | 'sign' | 'phi'>,
  { share, pC, pS }: Outlook,
): number[] {
  const [nC, nS] = [share, 1 - share]
  return logFactors(wager, { nC, nS, xC: nC * pC, xS: nS * pS })
}

/**
 * About how many seconds until the bet decides by itself, at so many requests per second of both arms; Infinity if these
 * rates are no evidence. Analysis reference, section 6.3: (ln(1/(alpha weight)) + ln(1/omega0) + 1.5) / (rps max growth).
 * An estimate for display; against simulated medians mostly within 10 %. For promotion without any failures it is
 * 14 % too long, as the alternatives then share the evidence.
 */
export function secondsToDecide(wager: Wager, outlook: Outlook, requestsPerSecond: number): number {
  return requestsToDecide(wager, outlook) / requestsPerSecond
}

/** The same in requests of the candidate: with fewer than that, a candidate like this one is probably not seen. Section 8. */
export function requestsToSee(wager: Wager, outlook: Outlook): number {
  const requests = requestsToDecide(wager, outlook)
  return requests === Number.POSITIVE_INFINITY ? requests : requests * outlook.share
}

function requestsToDecide(wager: Wager, outlook: Outlook): number {
  const growth = Math.max(...growthRates(wager, outlook))
  if (!(growth > 0)) return Number.POSITIVE_INFINITY
  return evidenceNeeded(wager) / growth
}
