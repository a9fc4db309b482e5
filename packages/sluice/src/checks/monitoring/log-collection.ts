import { type Answer, type Check, type Evidence, fail, pass, unknown } from '../check.ts'
import { lineAt } from '../look/files.ts'
import type { Look } from '../look/look.ts'
import { ownMatching } from '../look/own-files.ts'
import { ownManifests } from '../look/own-manifests.ts'
import { platformReply } from '../look/platform-reply.ts'
import { terraformBlocks } from '../look/terraform.ts'
import { entriesOf, field, listOf, yamlDocuments } from '../look/yaml-documents.ts'

const COLLECTOR =
  /(?:^|\/)(?:vector\.(?:ya?ml|toml|json)|fluent-?bit[\w.-]*\.(?:conf|ya?ml)|fluentd?[\w.-]*\.conf|td-agent\.conf|promtail[\w.-]*\.ya?ml|filebeat[\w.-]*\.ya?ml|config\.alloy|[\w.-]+\.alloy|otel(?:-?col(?:lector)?)?[\w.-]*\.ya?ml|logstash[\w.-]*\.conf)$/
const COMPOSE = /(?:^|\/)(?:docker-)?compose[\w.-]*\.ya?ml$/
const TASK = /(?:^|\/)[\w.-]*(?:task-?def|taskdefinition|ecs)[\w.-]*\.(?:json|ya?ml)$/i
const BLOCK =
  /^(?:aws_cloudwatch_log_group|aws_kinesis_firehose_delivery_stream|google_logging_project_sink|google_logging_project_bucket_config|azurerm_log_analytics_workspace|azurerm_monitor_diagnostic_setting|datadog_logs_index)$/

/**
 * MON-03. The configuration of a collector (Vector, Fluent Bit, Promtail, Alloy, Filebeat, the OpenTelemetry Collector), a
 * log driver that sends (compose, ECS), or a log store in Terraform; or `ops/replies/logs.json` with what
 * `aws logs describe-log-groups` or `gcloud logging sinks list --format json` said; or a signature.
 */
export const logCollection: Check = {
  id: 'MON-03',
  title: 'logs are collected where they can be searched',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['static'], ['platform'], ['attested']],
  attestedForDays: 90,
  fix: 'Keep the configuration of the collector (Vector, Fluent Bit) in the repository; where the platform collects, sign for MON-03 in ops/attestations.yaml with a link to the search.',
  static: (look) => collectorOf(look),
  platform: (look) => storedLogs(look),
}

function collectorOf(look: Look): Answer {
  const drivers = logDrivers(look)
  const sent = [...collectorsOf(look), ...drivers.filter(({ driver }) => SENDS.test(driver)).map(shown)]
  if (sent.length > 0) return pass(`logs are sent on: ${sent[0]!.says}`, sent.slice(0, 5))
  // What is built here is the app; another container may be quiet on purpose.
  const dropped = drivers.filter(({ driver, isBuilt }) => driver === 'none' && isBuilt)
  if (dropped.length > 0) return fail('logs are thrown away: the log driver is none', dropped.map(shown))
  return unknown(
    'nothing in the repository says where logs are collected; an attestation for MON-03 would settle it',
  )
}

function collectorsOf(look: Look): Evidence[] {
  const { repositoryFiles: files } = look
  const collectors = ownMatching(look, COLLECTOR).filter((path) => {
    const text = files.read(path) ?? ''
    // The OpenTelemetry Collector is there for traces and metrics too.
    return !/otel/.test(path) || /\blogs\b/.test(text)
  })
  return [
    ...collectors.map((path) => ({ says: 'the configuration of a collector', file: files.at(path) })),
    ...objectsOf(look),
    ...terraformBlocks(look)
      .filter(({ type }) => BLOCK.test(type))
      .map(({ type, name, file, line }) => ({ says: `${type} ${name}`, file, line })),
  ]
}

function objectsOf(look: Look): Evidence[] {
  return ownManifests(look).flatMap(({ kind, name, file, lineOf, value }) => {
    const isCollector =
      /^(?:ClusterFlow|Flow|FluentBit|ClusterLogForwarder|PodLogs)$/.test(kind) ||
      (kind === 'DaemonSet' && /vector|fluent|promtail|filebeat|alloy|logging|datadog/i.test(name)) ||
      (kind === 'OpenTelemetryCollector' &&
        field(value, 'spec', 'config') !== null &&
        /logs/.test(JSON.stringify(value)))
    return isCollector ? [{ says: `${kind} ${name}`, file, line: lineOf(['kind']) }] : []
  })
}

const SENDS = /awslogs|gcplogs|fluentd|gelf|loki|splunk|syslog|awsfirelens|datadog/

interface LogDriver {
  driver: string
  /** Whether it is of a container whose image is built here. */
  isBuilt: boolean
  file: string
  line: number
}

function logDrivers(look: Look): LogDriver[] {
  const { repositoryFiles: files } = look
  const inTasks = ownMatching(look, TASK).flatMap((path) => {
    const text = files.read(path) ?? ''
    return [...text.matchAll(/["']?logDriver["']?\s*:\s*["']?([\w/.-]+)/gi)].map(
      ({ 1: driver = '', index }) => ({
        ...{ driver, isBuilt: true, file: files.at(path), line: lineAt(text, index) },
      }),
    )
  })
  const inCompose = ownMatching(look, COMPOSE).flatMap((path) =>
    yamlDocuments(files, path).documents.flatMap(({ value, file, lineOf }) =>
      entriesOf(field(value, 'services')).flatMap(([name, service]) => {
        const driver = field(service, 'logging', 'driver')
        if (typeof driver !== 'string') return []
        const line = lineOf(['services', name, 'logging', 'driver'])
        return [{ driver, isBuilt: field(service, 'build') !== null, file, line }]
      }),
    ),
  )
  return [...inTasks, ...inCompose]
}

function shown({ driver, file, line }: LogDriver): Evidence {
  return { says: `log driver ${driver}`, file, line }
}

function storedLogs(look: Look): Answer {
  const stored = platformReply(look, 'logs')
  if ('answer' in stored) return stored.answer
  const { reply, file, says } = stored
  const places = [...listOf(reply), ...listOf(field(reply, 'logGroups'))]
  if (places.length === 0)
    return fail(`${says}: there is no place for logs`, [{ says: 'an empty list', file }])
  return pass(`${says}: logs have ${places.length} places`, [
    { says: `${places.length} log groups or sinks`, file },
  ])
}
