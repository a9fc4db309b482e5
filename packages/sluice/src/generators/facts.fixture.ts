import type {
  CommonFacts,
  Evidence,
  GoFacts,
  NodeFacts,
  PythonFacts,
  StaticFacts,
  VariablesRead,
  VariableUse,
} from '../detect/facts.ts'
import type { GeneratorRequest } from './request.ts'

const seen: Evidence = { file: 'somewhere', says: 'it is so' }

/** Concluded from nothing in particular. */
export function sure<T>(value: T): { value: T; from: Evidence } {
  return { value, from: seen }
}

const common: Omit<CommonFacts, 'stack'> = {
  name: 'shop',
  folder: '.',
  workspaceRoot: null,
  because: seen,
  framework: null,
  version: null,
  port: sure(3000),
  readsPort: true,
  start: null,
  health: { readiness: null, liveness: null },
  services: [],
  outputFolder: null,
  lockfiles: [],
  codeElsewhere: [],
}

/** An Express app as people begin it, with what the test says otherwise. */
export function nodeApp(more: Partial<NodeFacts> = {}): NodeFacts {
  return {
    ...common,
    stack: 'node',
    version: sure('24'),
    framework: sure('express'),
    start: sure(['node', 'server.js']),
    packageManager: sure('npm'),
    packageManagerVersion: null,
    scripts: { start: 'start' },
    installNeedsSource: false,
    hasDependencies: true,
    typescript: false,
    servesFiles: false,
    installFiles: [],
    lockfiles: ['package-lock.json'],
    ...more,
  }
}

export function goApp(more: Partial<GoFacts> = {}): GoFacts {
  return {
    ...common,
    stack: 'go',
    port: sure(8080),
    module: 'example.com/shop',
    package: sure('.'),
    usesCgo: false,
    hasGoSum: true,
    hasVendor: false,
    ignoresGoWork: false,
    workspace: null,
    lockfiles: ['go.sum'],
    ...more,
  }
}

export function djangoApp(more: Partial<PythonFacts> = {}): PythonFacts {
  return {
    ...common,
    stack: 'python',
    port: sure(8000),
    framework: sure('django'),
    manager: sure('pip'),
    workspacePackage: null,
    requirements: 'requirements.txt',
    dependencies: ['django', 'gunicorn'],
    development: { dependencies: [], requirements: null },
    wsgi: sure('shop.wsgi:application'),
    asgi: null,
    server: sure('gunicorn'),
    django: { settings: sure('shop.settings'), managePy: 'manage.py', collectsStatic: true },
    systemPackages: { build: [], run: [] },
    ...more,
  }
}

export function staticSite(more: Partial<StaticFacts> = {}): StaticFacts {
  return { ...common, stack: 'static', port: null, serves: sure('public'), ...more }
}

export const nothingRead: VariablesRead = { variables: [], dynamic: [], unread: [] }

/** A variable that is read in line 3 of `server.js`. */
export function read(name: string, fallback: string | null = null): VariableUse {
  return { name, places: [{ file: 'server.js', line: 3 }], fallback }
}

export function requestFor(
  app: GeneratorRequest['app'],
  more: Partial<GeneratorRequest> = {},
): GeneratorRequest {
  return {
    app,
    target: 'process',
    variables: nothingRead,
    schema: null,
    repository: null,
    registry: null,
    ...more,
  }
}
