import { indented, labels, quoted, selector } from './lines.ts'
import { drainSeconds, graceSeconds, leaveSeconds, probes } from './probes.ts'
import type { Setting } from './settings.ts'
import type { Workload } from './workload.ts'

/** The user of the generated Dockerfiles. */
const USER = 10_001

/** What runs, and as whom. */
export function deployment(app: Workload): string[] {
  return [
    '# What runs. Needs Kubernetes 1.30: `preStop.sleep` waits without a shell, which the image need not have.',
    ...serviceAccount(app),
    '---',
    'apiVersion: apps/v1',
    'kind: Deployment',
    'metadata:',
    `  name: ${app.name}`,
    ...indented(2, labels(app)),
    'spec:',
    '  # No replicas: how many there are is decided in availability.yaml.',
    '  minReadySeconds: 10',
    '  progressDeadlineSeconds: 600',
    '  revisionHistoryLimit: 5',
    '  strategy:',
    '    type: RollingUpdate',
    '    rollingUpdate:',
    '      # The old instance goes when the new one is ready.',
    '      maxUnavailable: 0',
    '      maxSurge: 1',
    ...indented(2, selector('selector', app)),
    '  template:',
    '    metadata:',
    ...indented(6, labels(app)),
    '    spec:',
    ...indented(6, podSpec(app)),
  ]
}

// Its own, so that rights which somebody gives to `default` are not its rights.
function serviceAccount({ name }: Workload): string[] {
  return [
    'apiVersion: v1',
    'kind: ServiceAccount',
    'metadata:',
    `  name: ${name}`,
    'automountServiceAccountToken: false',
  ]
}

function podSpec(app: Workload): string[] {
  return [
    `serviceAccountName: ${app.name}`,
    'automountServiceAccountToken: false',
    '# Else a Service named redis would set REDIS_PORT to an address.',
    'enableServiceLinks: false',
    `# More than preStop and ${drainSeconds} s in which it finishes what it has begun.`,
    `terminationGracePeriodSeconds: ${graceSeconds}`,
    'securityContext:',
    '  runAsNonRoot: true',
    `  runAsUser: ${USER}`,
    `  runAsGroup: ${USER}`,
    `  fsGroup: ${USER}`,
    '  seccompProfile:',
    '    type: RuntimeDefault',
    ...spread(app),
    'containers:',
    `  - name: ${app.name}`,
    ...indented(4, container(app)),
    'volumes:',
    ...app.writes.flatMap(({ name }) => [`  - name: ${name}`, '    emptyDir:', '      sizeLimit: 256Mi']),
  ]
}

function spread(app: Workload): string[] {
  return [
    'topologySpreadConstraints:',
    '  # Never all on one machine. One that takes no pods, because it is away or emptied, does not count.',
    '  - maxSkew: 1',
    '    topologyKey: kubernetes.io/hostname',
    '    whenUnsatisfiable: DoNotSchedule',
    '    nodeTaintsPolicy: Honor',
    '    matchLabelKeys: [pod-template-hash]',
    ...indented(4, selector('labelSelector', app)),
    '  - maxSkew: 1',
    '    topologyKey: topology.kubernetes.io/zone',
    '    whenUnsatisfiable: ScheduleAnyway',
    '    matchLabelKeys: [pod-template-hash]',
    ...indented(4, selector('labelSelector', app)),
  ]
}

function container(app: Workload): string[] {
  const { image, port, size, given, settings, writes } = app
  return [
    '# TODO: the digest that the build says. A tag may be another image tomorrow.',
    `image: ${image}@sha256:${'0'.repeat(64)}`,
    'imagePullPolicy: IfNotPresent',
    'ports:',
    '  - name: http',
    `    containerPort: ${port}`,
    '    protocol: TCP',
    'env:',
    ...given.flatMap(({ name, value, because }) => [
      `  - name: ${name} # ${because}`,
      `    value: ${quoted(value)}`,
    ]),
    ...settings.flatMap((setting) => indented(2, variable(app, setting))),
    ...probes(app),
    'lifecycle:',
    '  preStop:',
    '    # Serves on until everybody who sends it requests has noticed: readiness, period × failures.',
    '    sleep:',
    `      seconds: ${leaveSeconds}`,
    '# A first guess: measure, and correct it.',
    'resources:',
    '  requests:',
    `    cpu: ${size.cpu}`,
    `    memory: ${size.memory}`,
    '    ephemeral-storage: 512Mi',
    '  limits:',
    '    cpu: "1"',
    `    memory: ${size.memory}`,
    '    ephemeral-storage: 512Mi',
    'securityContext:',
    '  allowPrivilegeEscalation: false',
    '  readOnlyRootFilesystem: true',
    '  capabilities:',
    '    drop: [ALL]',
    '# All that it may write to. It is lost with the instance: what has to stay belongs in a database or a volume.',
    'volumeMounts:',
    ...writes.flatMap(({ name, path }) => [`  - name: ${name}`, `    mountPath: ${quoted(path)}`]),
  ]
}

function variable(app: Workload, setting: Setting): string[] {
  return [
    `- name: ${setting.name}`,
    '  valueFrom:',
    setting.in === 'secret' ? '    secretKeyRef:' : '    configMapKeyRef:',
    `      name: ${app.name}`,
    `      key: ${setting.name}`,
    ...(setting.isRequired ? [] : ['      optional: true']),
  ]
}
