import type { AppFacts } from '../../detect/facts.ts'

/** What counts an app's requests, by the names that it gives. */
export interface RequestMetrics {
  /** Who exposes them. */
  exporter: string
  /** A counter with one series for each status. */
  requests: string
  /** The label that the status is in. */
  status: string
  /** A histogram, without `_bucket`. */
  seconds: string
}

const forNode: RequestMetrics = {
  exporter: 'express-prom-bundle or fastify-metrics (prom-client)',
  requests: 'http_request_duration_seconds_count',
  status: 'status_code',
  seconds: 'http_request_duration_seconds',
}
const forGo: RequestMetrics = {
  exporter: 'promhttp of client_golang, around the handler: a counter with the label code, and a histogram',
  requests: 'http_requests_total',
  status: 'code',
  seconds: 'http_request_duration_seconds',
}
const forDjango: RequestMetrics = {
  exporter: 'django-prometheus',
  requests: 'django_http_responses_total_by_status_total',
  status: 'status',
  seconds: 'django_http_requests_latency_including_middlewares_seconds',
}
const forFlask: RequestMetrics = {
  exporter: 'prometheus-flask-exporter',
  requests: 'flask_http_request_total',
  status: 'status',
  seconds: 'flask_http_request_duration_seconds',
}
const forPython: RequestMetrics = {
  exporter: 'prometheus-fastapi-instrumentator, or prometheus_client by these names',
  requests: 'http_requests_total',
  status: 'status',
  seconds: 'http_request_duration_seconds',
}
const forProxy: RequestMetrics = {
  exporter: 'the proxy in front (serve.mjs counts nothing), which may have other names for them',
  requests: 'http_requests_total',
  status: 'status',
  seconds: 'http_request_duration_seconds',
}

/** By the exporter that most people take for such an app. */
export function requestMetrics(app: AppFacts): RequestMetrics {
  switch (app.stack) {
    case 'node':
      return app.servesFiles ? forProxy : forNode
    case 'go':
      return forGo
    case 'python':
      if (app.django !== null) return forDjango
      return app.framework?.value === 'flask' ? forFlask : forPython
    case 'static':
      return forProxy
  }
}

/** Requests per second over a window such as `5m`. */
export function requestRate({ requests }: RequestMetrics, job: string, window: string): string {
  return `sum(rate(${requests}{job="${job}"}[${window}]))`
}

/** The share of requests that failed, from 0 to 1; nothing where none did. */
export function failedShare(metrics: RequestMetrics, job: string, window: string): string {
  const failed = `sum(rate(${metrics.requests}{job="${job}", ${metrics.status}=~"5.."}[${window}]))`
  return `${failed} / ${requestRate(metrics, job, window)}`
}
