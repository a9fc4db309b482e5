import { type DeclaredPackage, declaredPackages } from './declared-packages.ts'
import { once } from './look.ts'

const SCRAPED =
  /^(?:prom-client|express-prom-bundle|express-prometheus-middleware|fastify-metrics|@willsoto\/nestjs-prometheus|@opentelemetry\/exporter-prometheus|koa-prom|prometheus-api-metrics|@promster\/.+|prometheus-client|django-prometheus|prometheus-flask-exporter|prometheus-fastapi-instrumentator|starlette-exporter|starlette-prometheus|opentelemetry-exporter-prometheus|github\.com\/prometheus\/client_golang|github\.com\/VictoriaMetrics\/metrics|go\.opentelemetry\.io\/otel\/exporters\/prometheus)$/
const PUSHED =
  /^(?:@opentelemetry\/(?:exporter-metrics-otlp-.+|sdk-node|auto-instrumentations-node)|hot-shots|node-statsd|dd-trace|newrelic|elastic-apm-node|@appsignal\/nodejs|applicationinsights|@azure\/monitor-opentelemetry|opentelemetry-exporter-otlp.*|opentelemetry-distro|statsd|django-statsd|datadog|ddtrace|elastic-apm|azure-monitor-opentelemetry|go\.opentelemetry\.io\/otel\/exporters\/otlp\/.+|github\.com\/DataDog\/.+|gopkg\.in\/DataDog\/.+|github\.com\/newrelic\/go-agent.*|github\.com\/cactus\/go-statsd-client.*)$/

/** Packages that count an app's requests: those whose numbers are fetched, and those that send them away. */
export const metricsLibraries = once((look): { scraped: DeclaredPackage[]; pushed: DeclaredPackage[] } => {
  const all = declaredPackages(look)
  return {
    scraped: all.filter(({ name }) => SCRAPED.test(name)),
    pushed: all.filter(({ name }) => PUSHED.test(name)),
  }
})
