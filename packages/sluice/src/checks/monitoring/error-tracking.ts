import { type Answer, type Check, type Evidence, fail, pass, unknown, warn } from '../check.ts'
import { type DeclaredPackage, declaredPackages } from '../look/declared-packages.ts'
import { lineAt } from '../look/files.ts'
import type { Look } from '../look/look.ts'
import { servesFiles } from '../look/serves-files.ts'

/** What collects errors, and the variable by which it knows where to; null: it needs none, or a file of its own. */
const trackers: { title: string; package: RegExp; variable: RegExp | null }[] = [
  { title: 'Sentry', package: /^@sentry\/|^sentry-sdk$|\/sentry-go$|\/sentry-go\//, variable: /DSN$|SENTRY/ },
  { title: 'Bugsnag', package: /^@bugsnag\/|^bugsnag$|\/bugsnag-go/, variable: /BUGSNAG/ },
  { title: 'Rollbar', package: /^rollbar$|\/rollbar-go/, variable: /ROLLBAR/ },
  {
    title: 'Honeybadger',
    package: /^@honeybadger-io\/|^honeybadger$|\/honeybadger-go/,
    variable: /HONEYBADGER/,
  },
  { title: 'Airbrake', package: /^@airbrake\/|^pybrake$|\/gobrake/, variable: /AIRBRAKE/ },
  { title: 'Raygun', package: /^raygun$|^raygun4py$|\/raygun4go/, variable: /RAYGUN/ },
  { title: 'AppSignal', package: /^@appsignal\/|^appsignal$/, variable: /APPSIGNAL/ },
  { title: 'New Relic', package: /^newrelic$|\/newrelic\/go-agent/, variable: null },
  { title: 'Datadog', package: /^dd-trace$|^ddtrace$|dd-trace-go/, variable: null },
  { title: 'Elastic APM', package: /^elastic-apm(?:-node)?$|^go\.elastic\.co\/apm/, variable: /ELASTIC_APM/ },
  {
    title: 'Application Insights',
    package: /^applicationinsights$|^@azure\/monitor-opentelemetry$|^azure-monitor-opentelemetry$/,
    variable: /APPLICATIONINSIGHTS|APPINSIGHTS/,
  },
  {
    title: 'Error Reporting',
    package:
      /^@google-cloud\/error-reporting$|^google-cloud-error-reporting$|cloud\.google\.com\/go\/errorreporting/,
    variable: null,
  },
]

const DSN_IN_CODE = /https:\/\/[0-9a-f]{16,}@[\w.-]+\/\d+/

/** MON-07. The library of an error tracker among the dependencies, and the variable with its DSN or key in the env schema. */
export const errorTracking: Check = {
  id: 'MON-07',
  title: 'errors are collected where they are counted and assigned',
  severity: 'medium',
  blocksFrom: null,
  passes: [['static']],
  fix: 'Add the library of an error tracker (Sentry, Bugsnag, Rollbar, …), and declare its DSN in env.schema.yaml.',
  concerns: ({ app }) => (servesFiles(app) ? 'it hands out files, and has no code on a server' : null),
  static: (look) => trackerOf(look),
}

function trackerOf(look: Look): Answer {
  const all = declaredPackages(look)
  const used = trackers.flatMap((tracker) => {
    const found = all.find(({ name }) => tracker.package.test(name))
    return found === undefined ? [] : [{ ...tracker, found }]
  })
  if (used.length === 0) return fail('no library of an error tracker is among the dependencies')
  const known = used.find(({ variable }) => variable === null)
  if (known !== undefined) return pass(`${known.title} is there`, [evidenceOf(known.found)])
  const { title, found, variable } = used[0]!
  const declared = [...(look.schema?.variables.keys() ?? [])].find((name) => variable!.test(name))
  if (declared !== undefined)
    return pass(`${title} is there, and ${declared} tells it where to`, [
      evidenceOf(found),
      { says: `${declared} is declared` },
    ])
  const written = dsnInCode(look)
  if (written !== null)
    return warn(`${title} is there, and its DSN stands in the code, the same for every environment`, [
      evidenceOf(found),
      written,
    ])
  if (look.schema === null)
    return unknown(`${title} is there, and there is no env schema to say where its DSN comes from`)
  return fail(`${title} is there, and the env schema has no variable for its DSN or key`, [evidenceOf(found)])
}

// Where setup tools of Sentry put it. Never shown: whoever has it can send.
function dsnInCode({ files }: Look): Evidence | null {
  for (const path of files.matching(/(?:^|\/)(?:sentry[\w.-]*|instrument(?:ation)?)\.[cm]?[jt]sx?$/)) {
    const text = files.read(path) ?? ''
    const at = text.search(DSN_IN_CODE)
    if (at !== -1) return { says: 'a DSN', file: files.at(path), line: lineAt(text, at) }
  }
  return null
}

function evidenceOf({ name, ...at }: DeclaredPackage): Evidence {
  return { says: `depends on ${name}`, ...at }
}
