import { createHealth } from '@sluice/health'

/** What probes are told. A shop that does not know its prices cannot sell, so it gets no traffic without them. */
export function healthOf({ env, log, prices }) {
  return createHealth({
    version: env.SLUICE_RELEASE,
    checks: env.PRICES_URL === undefined ? [] : [{ name: 'prices', kind: 'component', run: prices.ping }],
    // Sluice moves the traffic elsewhere before it sends SIGTERM.
    drain: { delayMs: 0 },
    detail: env.HEALTH_TOKEN === undefined ? {} : { token: env.HEALTH_TOKEN.reveal() },
    onDrained: (report) => log.info(report, 'drained'),
  })
}
