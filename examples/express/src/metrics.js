import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'

const labelNames = ['method', 'route', 'status_code']

/** Counts and times requests, by the names that express-prom-bundle gives them, so that known rules and dashboards fit. */
export function createMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Requests that have ended.',
    labelNames,
    registers: [registry],
  })
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'From the first byte of a request to the last of its answer.',
    labelNames,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  })
  return {
    count(labels, seconds) {
      requests.inc(labels)
      duration.observe(labels, seconds)
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

/** Answers with all metrics, those of health included. For who reaches the instance itself: not for who comes by the router. */
export function metricsPage({ metrics, health }) {
  return async (request, response, next) => {
    if (request.get('x-forwarded-for') !== undefined) return next()
    response.type(metrics.contentType).send((await metrics.text()) + health.metrics())
  }
}
