import { indented, labels, selector } from './lines.ts'
import type { Workload } from './workload.ts'

/** How many instances there are, and how many may be taken away at a time. */
export function availability(app: Workload): string[] {
  return [
    '# How many there are: two at least, so that one machine can be lost. Needs the metrics server in the cluster.',
    'apiVersion: autoscaling/v2',
    'kind: HorizontalPodAutoscaler',
    'metadata:',
    `  name: ${app.name}`,
    ...indented(2, labels(app)),
    'spec:',
    '  scaleTargetRef:',
    '    apiVersion: apps/v1',
    '    kind: Deployment',
    `    name: ${app.name}`,
    '  minReplicas: 2',
    '  # TODO: what the database and the budget bear.',
    '  maxReplicas: 10',
    '  metrics:',
    '    # Of what is requested. Not by memory, which most runtimes keep once they have it.',
    '    - type: Resource',
    '      resource:',
    '        name: cpu',
    '        target:',
    '          type: Utilization',
    '          averageUtilization: 70',
    '  behavior:',
    '    scaleDown:',
    '      stabilizationWindowSeconds: 300',
    '---',
    '# One may always be moved to another machine, whatever the number; one that is broken never stands in the way.',
    'apiVersion: policy/v1',
    'kind: PodDisruptionBudget',
    'metadata:',
    `  name: ${app.name}`,
    ...indented(2, labels(app)),
    'spec:',
    '  maxUnavailable: 1',
    '  unhealthyPodEvictionPolicy: AlwaysAllow',
    ...indented(2, selector('selector', app)),
  ]
}
