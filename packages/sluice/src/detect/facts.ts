/** Where something was read. */
export interface Evidence {
  /** Relative to the project's folder, with `/`. */
  file: string
  line?: number
  /** What it says, short: `engines.node is >=24`. Never the value of a secret. */
  says: string
}

/** Something that was concluded, and from what. */
export interface Concluded<T> {
  value: T
  from: Evidence
}

/** What the files leave open and only a person can know: two lockfiles, several entry points. */
export interface Question {
  /** Of which app, by its folder; `.` for the project's own. */
  folder: string
  /** Which fact it is about: `packageManager`, `start`. */
  about: string
  message: string
  /** At least one. The first is what `--yes` takes, unless it is said to be no answer. */
  choices: { value: string; because: Evidence }[]
  /** Null: `--yes` takes the first choice. Else why nothing may be taken without a person. */
  whyNoDefault: string | null
}

/** A folder, with the apps in it. */
export interface Project {
  /** Absolute. */
  root: string
  /** One for a plain folder; several for a monorepo. None where there is no app. */
  apps: AppFacts[]
  questions: Question[]
  /** What could not be read and was gone on without: a broken file of somebody else's, a folder without permission. */
  notes: string[]
}

/** What git says of a project. */
export interface Repository {
  /** Where it is kept, in lower case: `github.com`. */
  host: string
  /** `acme/shop`, as it is written there. */
  path: string
  /** `main` */
  defaultBranch: string
}

export type Stack = 'node' | 'go' | 'python' | 'static'
export type AppFacts = NodeFacts | GoFacts | PythonFacts | StaticFacts

/** What is known of every app, whatever it is written in. */
export interface CommonFacts {
  stack: Stack
  /** As `app:` in sluice.yaml wants it: lower case, digits and `-`. */
  name: string
  /** Relative to the project's folder; `.` for itself. */
  folder: string
  /** The folder, of the project too, that holds all it is built of, where its own does not: a workspace. It may be its own. */
  workspaceRoot: string | null
  /** Why it is an app of this stack. */
  because: Evidence
  /** `express`, `fastify`, `next`, `django`, `gin`, … */
  framework: Concluded<string> | null
  /** Of the language, as the base image's tag has it: `24`, `1.26`, `3.13`. Null: nothing says; the newest that is maintained for long is taken. */
  version: Concluded<string> | null
  /** Where it listens when nobody tells it another port. */
  port: Concluded<number> | null
  /** Whether it reads PORT. */
  readsPort: boolean
  /** What starts it, without a shell; null: nothing says, and it is asked. */
  start: Concluded<string[]> | null
  /** Paths that it answers, where the code shows them. */
  health: { readiness: Concluded<string> | null; liveness: Concluded<string> | null }
  /** Servers that it needs while it is developed: `postgres`, `redis`, `mysql`, `mongodb`, `rabbitmq`. */
  services: Concluded<'postgres' | 'redis' | 'mysql' | 'mongodb' | 'rabbitmq'>[]
  /** Where its output of a build is: `dist`, `.next`; null where nothing is built. */
  outputFolder: string | null
  /** Every lockfile, so that what is in the image is what was tested. Relative to the app's folder. */
  lockfiles: string[]
  /** Files and folders of the project outside of the app's folder that are code of the app too: packages of its workspace. Relative to the app's folder. */
  codeElsewhere: string[]
}

export type NodeManager = 'npm' | 'pnpm' | 'yarn-classic' | 'yarn-berry' | 'bun'

export interface NodeFacts extends CommonFacts {
  stack: 'node'
  packageManager: Concluded<NodeManager>
  /** Of the package manager: `9.1.0`, or a major; null: what comes with Node (npm), or the newest. */
  packageManagerVersion: Concluded<string> | null
  /** Names of scripts in package.json, by what they are for. */
  scripts: Partial<
    Record<'build' | 'start' | 'lint' | 'types' | 'test' | 'integration' | 'end-to-end', string>
  >
  /** Whether the install runs code of the app's own (`postinstall`, `prepare`, a `file:` dependency), so that all has to be there before. */
  installNeedsSource: boolean
  hasDependencies: boolean
  typescript: boolean
  /** Whether its build makes files for a browser and nothing that serves them; they are in `outputFolder`. */
  servesFiles: boolean
  /** Files beside manifest and lockfile that an install reads: `.npmrc`, `prisma`, `patches`. Relative to the app's folder. */
  installFiles: string[]
}

export interface GoFacts extends CommonFacts {
  stack: 'go'
  /** The module's path, from go.mod. */
  module: string | null
  /** What is built: `.` or `./cmd/server`. */
  package: Concluded<string> | null
  usesCgo: boolean
  hasGoSum: boolean
  /** Whether copies of all modules are kept, beside its own or beside the go.work that names it. */
  hasVendor: boolean
  /** Whether a go.work above names other modules, and not the app's: Go has to be told to leave it. */
  ignoresGoWork: boolean
  /** What it is built with in `workspaceRoot`; null where that is. */
  workspace: GoWorkspace | null
}

export interface GoWorkspace {
  /** The go.work that names its modules; null: `replace` lines of the app's own go.mod do. */
  goWork: { folder: string; hasSum: boolean } | null
  /** The app's own among them. All folders are seen from the workspace. */
  modules: { folder: string; hasGoSum: boolean }[]
}

export type PythonManager = 'pip' | 'uv' | 'poetry' | 'pipenv' | 'pdm'

export interface PythonFacts extends CommonFacts {
  stack: 'python'
  manager: Concluded<PythonManager>
  /** The name by which uv installs it in `workspaceRoot`; null where that is. */
  workspacePackage: string | null
  /** Relative to the app's folder; for pip. */
  requirements: string | null
  /** Names of the packages it depends on, as pip normalises them. */
  dependencies: string[]
  /** What it is developed and tested with, by the same names; for pip the file that lists it. */
  development: { dependencies: string[]; requirements: string | null }
  /** `shop.wsgi:application`. */
  wsgi: Concluded<string> | null
  asgi: Concluded<string> | null
  /** What serves it, where it is among the dependencies. */
  server: Concluded<'gunicorn' | 'uvicorn' | 'daphne' | 'waitress' | 'hypercorn'> | null
  django: {
    /** `shop.settings` */
    settings: Concluded<string>
    /** Relative to the app's folder. */
    managePy: string
    /** Whether there are static files to be collected. */
    collectsStatic: boolean
  } | null
  /** Debian packages that it needs, and when. */
  systemPackages: { build: string[]; run: string[] }
}

export interface StaticFacts extends CommonFacts {
  stack: 'static'
  /** What is served, relative to the app's folder. */
  serves: Concluded<string>
}

/** A variable that code reads. */
export interface VariableUse {
  name: string
  /** Every place, the first one first. */
  places: { file: string; line: number }[]
  /** The text that is taken where it is not set; null: none is shown. */
  fallback: string | null
}

/** What code reads from its environment. */
export interface VariablesRead {
  /** By name. */
  variables: VariableUse[]
  /** Places where the name is not written out, so that nobody can tell by reading. */
  dynamic: { file: string; line: number; code: string }[]
  /** Files that could not be parsed. */
  unread: { file: string; why: string }[]
}
