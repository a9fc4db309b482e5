import type { CommonFacts } from '../../detect/facts.ts'
import { indented, labels, selector } from './lines.ts'
import type { Workload } from './workload.ts'

/** What each server listens on when nobody says otherwise. */
const ports: { [K in CommonFacts['services'][number]['value']]: number } = {
  postgres: 5432,
  mysql: 3306,
  mongodb: 27_017,
  redis: 6379,
  rabbitmq: 5672,
}

/** Who may talk to the app, and to whom it may talk. */
export function networkPolicy(app: Workload): string[] {
  return [
    '# Nobody talks to its pods, and they talk to nobody. Of its pods alone: others in the namespace are not ours to cut off.',
    ...policy(app, `${app.name}-default-deny`),
    '  policyTypes: [Ingress, Egress]',
    '---',
    '# But for these. The kubelet may always ask its probes.',
    ...policy(app, app.name),
    '  policyTypes: [Ingress, Egress]',
    '  ingress:',
    '    - from:',
    ...indented(8, namespace('gateway-system', 'where the pods of your Gateway run')),
    ...indented(8, namespace('monitoring', 'where Prometheus runs')),
    '      ports:',
    '        - protocol: TCP',
    '          port: http',
    '  egress:',
    '    # Names: the DNS of the cluster, and its cache on each machine where there is one.',
    '    - to:',
    '        - namespaceSelector:',
    '            matchLabels:',
    '              kubernetes.io/metadata.name: kube-system',
    '        - ipBlock:',
    '            cidr: 169.254.20.10/32',
    '      ports:',
    '        - protocol: UDP',
    '          port: 53',
    '        - protocol: TCP',
    '          port: 53',
    ...app.services.flatMap((name) => [
      `    # TODO: where ${name} is, as \`to:\`. As it stands, this port of any address.`,
      '    - ports:',
      '        - protocol: TCP',
      `          port: ${ports[name]}`,
    ]),
    '    # TODO: whatever else it asks, such as an API by https.',
    '    # - ports:',
    '    #     - protocol: TCP',
    '    #       port: 443',
  ]
}

function policy(app: Workload, name: string): string[] {
  return [
    'apiVersion: networking.k8s.io/v1',
    'kind: NetworkPolicy',
    'metadata:',
    `  name: ${name}`,
    ...indented(2, labels(app)),
    'spec:',
    ...indented(2, selector('podSelector', app)),
  ]
}

function namespace(name: string, is: string): string[] {
  return [
    '- namespaceSelector:',
    '    matchLabels:',
    `      kubernetes.io/metadata.name: ${name} # TODO: ${is}`,
  ]
}
