import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { detect } from '../../packages/sluice/src/detect/detect.ts'
import { folderWith } from '../../packages/sluice/src/detect/folder.fixture.ts'
import { readVariables } from '../../packages/sluice/src/detect/variables/read-variables.ts'
import { kubernetes } from '../../packages/sluice/src/generators/kubernetes/kubernetes.ts'
import type { GeneratorRequest } from '../../packages/sluice/src/generators/request.ts'
import { stamped } from '../../packages/sluice/src/generators/stamp.ts'
import { faults } from './gateway-definitions.ts'
import { installed, inValidators, judged } from './validators.ts'

/*
 * What is generated for Kubernetes, judged by programs of others: bin/kubernetes-validate, bin/kube-score, and the definitions
 * of the Gateway API in gateway-api/.
 */
const kubernetesValidate = inValidators('bin/kubernetes-validate', 'manifests, by the schemas of Kubernetes')
const kubeScore = inValidators('bin/kube-score', 'manifests, by kube-score')
const gatewayApi = inValidators('gateway-api', 'routes, by the definitions of the Gateway API')
const kubectl = installed('kubectl', 'the folder of manifests, by kubectl')

/** The oldest that the manifests are for, and the newest that the validator knows. */
const versions = ['1.30.0', '1.37.0']

/** Kinds that Kubernetes itself does not have; the next tests see to them. */
const othersKinds = ['Gateway', 'HTTPRoute', 'HTTPRoute', 'Kustomization']

/** What kube-score finds, and why it stays as it is. */
const accepted: Record<string, string> = {
  'container-image-pull-policy':
    'An image named by its digest cannot change. To ask the registry each time makes every restart wait for it.',
  'deployment-has-host-podantiaffinity':
    'topologySpreadConstraints say it, with DoNotSchedule; this rule does not read them.',
}

const server = (lines: string) => `import express from 'express'
const app = express()
app.get('/livez', (request, response) => response.send('ok'))
app.get('/readyz', (request, response) => response.send('ok'))
${lines}
app.listen(process.env.PORT ?? 3000)
`

/** Apps as people begin them. */
const apps: Record<string, Record<string, string>> = {
  'Express with PostgreSQL': {
    'package.json': JSON.stringify({
      name: 'shop',
      type: 'module',
      scripts: { start: 'node server.js' },
      dependencies: { express: '5', pg: '8', ioredis: '5' },
    }),
    'package-lock.json': '{"lockfileVersion": 3}',
    'server.js': server(
      'console.log(process.env.DATABASE_URL, process.env.GREETING, process.env.LOG_LEVEL ?? "info", process.env.MODEL ?? "a: #b")',
    ),
  },
  Go: {
    'go.mod': 'module example.com/shop\n\ngo 1.26\n',
    'main.go':
      'package main\n\nimport ("net/http"; "os")\n\nfunc main() {\n\thttp.HandleFunc("/healthz", nil)\n\thttp.ListenAndServe(":"+os.Getenv("PORT"), nil)\n}\n',
  },
  Django: {
    'requirements.txt': 'django~=5.2\ngunicorn\nmysqlclient\n',
    'manage.py': "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
    'shop/__init__.py': '',
    'shop/settings.py':
      "import os\nSECRET_KEY = os.environ['SECRET_KEY']\nDEBUG = os.environ.get('DEBUG', 'true') == 'true'\nWSGI_APPLICATION = 'shop.wsgi.application'\n",
    'shop/wsgi.py': 'application = None\n',
    'shop/urls.py':
      "from django.urls import path\nurlpatterns = [path('readyz', None), path('livez', None)]\n",
  },
  'a static site': { 'index.html': '<h1>hello</h1>' },
}

describe.each(Object.keys(apps))('manifests of %s', (name) => {
  it.skipIf(kubernetesValidate === null)('are as strict schemas of Kubernetes want them', async () => {
    const { folder, names } = await manifests(name)
    const { stdout } = judged(kubernetesValidate!, strict(names), folder)
    const found = lines(stdout).filter((line) => !line.startsWith('INFO '))
    const unknown = found.map((line) => /find schema for kind (\w+) /.exec(line)?.[1] ?? line)
    expect(unknown.toSorted()).toEqual(versions.flatMap(() => othersKinds).toSorted())
    expect(lines(stdout).filter((line) => line.includes('passed')).length).toBeGreaterThanOrEqual(14)
  })

  it.skipIf(gatewayApi === null)('are as the Gateway API wants them', async () => {
    const { folder } = await manifests(name)
    const objects = documents(readFileSync(join(folder, 'gateway.yaml'), 'utf8'))
    expect(objects.map((one) => [one.kind, faults(one, gatewayApi!)])).toEqual([
      ['Gateway', []],
      ['HTTPRoute', []],
      ['HTTPRoute', []],
    ])
  })

  it.skipIf(kubeScore === null)(
    'have nothing that kube-score minds and we do not give a reason for',
    async () => {
      const { folder, names } = await manifests(name)
      const { stdout } = judged(kubeScore!, ['score', '--output-format', 'json', ...names], folder)
      const minded = (JSON.parse(stdout) as Scored[]).flatMap(({ checks }) =>
        checks.filter(({ grade, skipped }) => grade < 10 && !skipped).map(({ check }) => check.id),
      )
      expect(minded.toSorted()).toEqual(Object.keys(accepted).toSorted())
    },
  )

  it.skipIf(kubectl === null)(
    'are one folder for kubectl, where the image is set by its digest',
    async () => {
      const { folder, names } = await manifests(name)
      const digest = `sha256:${'a'.repeat(64)}`
      const image = { name: 'registry.example.com/shop', newName: 'images.example.com/shop', digest }
      const kustomization = readFileSync(join(folder, 'kustomization.yaml'), 'utf8')
      const set = folderWith({
        ...Object.fromEntries(names.map((one) => [one, readFileSync(join(folder, one), 'utf8')])),
        'kustomization.yaml': `${kustomization}namespace: staging\nimages: ${JSON.stringify([image])}\n`,
      })
      const { stdout } = judged(kubectl!, ['kustomize', '.'], set)
      const objects = documents(stdout)
      const deployment = objects.find(({ kind }) => kind === 'Deployment') as unknown as Deployment
      expect(deployment.spec.template.spec.containers[0]!.image).toBe(`images.example.com/shop@${digest}`)
      expect(new Set(objects.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['staging']))
    },
  )
})

describe('the validators', () => {
  it.skipIf(kubernetesValidate === null)('would see a key that does not exist', async () => {
    const { folder } = await manifests('Go')
    const text = readFileSync(join(folder, 'deployment.yaml'), 'utf8')
    const wrong = folderWith({ 'deployment.yaml': text.replace('livenessProbe', 'livenesProbe') })
    const { stdout } = judged(kubernetesValidate!, strict(['deployment.yaml']), wrong)
    expect(stdout).toContain("'livenesProbe' was unexpected")
  })

  it.skipIf(gatewayApi === null)('would see a key of a route that does not exist', async () => {
    const { folder } = await manifests('Go')
    const text = readFileSync(join(folder, 'gateway.yaml'), 'utf8')
    const route = documents(text.replace('backendRefs', 'backendRef'))[1]!
    expect(faults(route, gatewayApi!)).toEqual(['/spec/rules/0 must NOT have additional properties'])
  })
})

interface Manifest {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string }
}
interface Deployment {
  spec: { template: { spec: { containers: { image: string }[] } } }
}
interface Scored {
  checks: { check: { id: string }; grade: number; skipped: boolean }[]
}

async function requestOf(name: string): Promise<GeneratorRequest> {
  const root = folderWith({ 'README.md': '', ...apps[name]! })
  const { apps: found } = await detect(root)
  const app = { ...found[0]!, name: 'shop' }
  const variables = await readVariables(root)
  return { app, target: 'docker', variables, schema: null, repository: null, registry: null }
}

/** The folder kubernetes/ as it is written. */
async function manifests(name: string): Promise<{ folder: string; names: string[] }> {
  const { files } = kubernetes.generate(await requestOf(name))
  const root = folderWith(Object.fromEntries(files.map(({ path, content }) => [path, stamped(content)])))
  const names = files.map(({ path }) => path.replace('kubernetes/', ''))
  return { folder: join(root, 'kubernetes'), names }
}

function documents(text: string): Manifest[] {
  return parseAllDocuments(text).map((one) => one.toJS() as Manifest)
}

function strict(names: string[]): string[] {
  return ['--strict', ...versions.flatMap((version) => ['--kubernetes-version', version]), ...names]
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}
