import { type GeneratedFile, type Generator, madeBy } from '../generator.ts'
import { availability } from './availability.ts'
import { configMap, secretLines } from './config-map.ts'
import { deployment } from './deployment.ts'
import { gateway, service } from './entrance.ts'
import { networkPolicy } from './network-policy.ts'
import { type Workload, workloadOf } from './workload.ts'

/** The app on Kubernetes: a folder for `kubectl apply -k`. Nothing in it is a secret. */
export const kubernetes: Generator = {
  summary: 'manifests for Kubernetes',
  isOptional: true,

  generate(request) {
    const app = workloadOf(request)
    const configured = configMap(app)
    const manifests = {
      'deployment.yaml': deployment(app),
      ...(configured === null ? {} : { 'config-map.yaml': configured }),
      'service.yaml': service(app),
      'gateway.yaml': gateway(app),
      'availability.yaml': availability(app),
      'network-policy.yaml': networkPolicy(app),
    }
    const files = { 'kustomization.yaml': kustomization(app, Object.keys(manifests)), ...manifests }
    return {
      files: Object.entries(files).map(([name, lines]) => fileOf(name, lines)),
      notes: notesOf(app),
    }
  },
}

function kustomization(app: Workload, names: string[]): string[] {
  return [
    '# All of it, in one namespace: kubectl apply -k kubernetes --namespace NAME',
    '# An image by its digest: kustomize edit set image \\',
    `#   ${app.image}=REGISTRY/${app.name}@sha256:DIGEST`,
    ...secretLines(app),
    'apiVersion: kustomize.config.k8s.io/v1beta1',
    'kind: Kustomization',
    'resources:',
    ...names.map((name) => `  - ${name}`),
  ]
}

function fileOf(name: string, lines: string[]): GeneratedFile {
  return { path: `kubernetes/${name}`, content: [madeBy(), ...lines, ''].join('\n') }
}

function notesOf({ name, health: { readiness, liveness } }: Workload): string[] {
  const missing = [
    ...(readiness === null ? ['whether it can take requests'] : []),
    ...(liveness === null ? ['whether its process is sound'] : []),
  ]
  const probes = `No path says ${missing.join(', and none ')}: there a probe of kubernetes/deployment.yaml counts a connection as an answer. Give ${name} a path for each, and run \`sluice init\` again.`
  return [
    'What has to be said before the manifests are applied is marked TODO: image, name, Gateway, network, and the variables without a value.',
    ...(missing.length === 0 ? [] : [probes]),
  ]
}
