import { type Answer, type Check, type Evidence, pass, warn } from '../check.ts'
import { declaredPackages } from '../look/declared-packages.ts'
import type { Look } from '../look/look.ts'
import { servesFiles } from '../look/serves-files.ts'

const LIBRARY =
  /^(?:@sluice\/flags|@openfeature\/(?!env-var).+|openfeature-.+|@launchdarkly\/.+|launchdarkly-.+|unleash-client|unleashclient|@flagsmith\/.+|flagsmith(?:-nodejs)?|@growthbook\/.+|growthbook|@splitsoftware\/.+|splitio-client|configcat-.+|@vercel\/flags|flags|statsig-.+|@statsig\/.+|@optimizely\/.+|optimizely-sdk|posthog-node|posthog|django-waffle|django-flags|gargoyle-yplan|flipper-.+|@featurevisor\/.+|@eppo\/.+|github\.com\/open-feature\/.+|github\.com\/launchdarkly\/.+|github\.com\/Unleash\/unleash-client-go.*|github\.com\/growthbook\/.+|github\.com\/thomaspoignant\/go-feature-flag.*|github\.com\/Flagsmith\/.+|github\.com\/configcat\/.+|github\.com\/posthog\/.+)$/
const FILE =
  /(?:^|\/)(?:[\w.-]*flagd[\w.-]*|flags?(?:\.config)?|feature-?flags?|[\w.-]+\.flags)\.(?:json|ya?ml)$/i

/**
 * OPS-06. A library of flags among the dependencies (OpenFeature, LaunchDarkly, Unleash, Flagsmith, GrowthBook, waffle, …); a file
 * of flags, such as flagd has, alone is a part of it.
 */
export const featureFlags: Check = {
  id: 'OPS-06',
  title: 'a flag can switch a feature off without a deploy',
  severity: 'medium',
  blocksFrom: null,
  passes: [['static']],
  fix: 'Ask an OpenFeature client whether a new feature is on, and keep its flags where they can change while the app runs.',
  concerns: ({ app }) => (servesFiles(app) ? 'it hands out files, and decides nothing while it runs' : null),
  static: (look) => flagsOf(look),
}

function flagsOf(look: Look): Answer {
  const libraries = declaredPackages(look).filter(({ name }) => LIBRARY.test(name))
  const files = fileEvidence(look)
  const [first] = libraries
  if (first !== undefined) {
    const evidence = libraries.map(({ name, ...at }) => ({ says: `depends on ${name}`, ...at }))
    return pass(`${first.name} asks for flags while the app runs`, [...evidence, ...files].slice(0, 5))
  }
  if (files.length > 0) return warn('there are flags, and no library that is known to read them', files)
  return warn('there are no flags: a feature can only be taken back with its release')
}

function fileEvidence({ files }: Look): Evidence[] {
  return files
    .matching(FILE)
    .filter((path) => /"?(?:variants|defaultVariant|flags)"?\s*:/.test(files.read(path) ?? ''))
    .map((path) => ({ says: 'a file of flags', file: files.at(path) }))
}
