import { type Answer, type Check, type Evidence, fail, pass, warn } from '../check.ts'
import type { Look } from '../look/look.ts'
import { isFilled, onCallFile } from '../look/on-call-file.ts'
import { runbooks } from '../look/runbooks.ts'
import { field, listOf, type YamlDocument, yamlDocuments } from '../look/yaml-documents.ts'

const CATALOG = /^(?:catalog-info|service|service\.datadog|opslevel|cortex)\.ya?ml$/

/** Names without what is lost. */
const BARE = 'spec.dependsOn'

/**
 * OPS-13. Four facts, each from any of: ops/on-call.yaml (`owner`, `tier`, `docs`, `dependencies: [{ name, failure }]`),
 * catalog-info.yaml of Backstage (`spec.owner`, a label or annotation `tier`, `metadata.links`, `spec.dependsOn`), and:
 * `check.tier` in sluice.yaml, README.md for the docs, and a table in the runbook under a heading on what it depends on. Of each
 * dependency it is said what is lost while it is away.
 */
export const serviceFacts: Check = {
  id: 'OPS-13',
  title: 'whose it is, how important it is, and what it needs is written down',
  severity: 'medium',
  blocksFrom: null,
  passes: [['static']],
  fix: 'Write into ops/on-call.yaml: owner, tier: B, docs: <link>, dependencies: [{ name: postgres, failure: nothing can be saved }].',
  fixedBy: ['on-call', 'runbook'],
  static: (look) => factsOf(look),
}

type Fact = Evidence | null

function factsOf(look: Look): Answer {
  const [onCall, catalog] = [onCallFile(look), catalogOf(look)]
  const found = {
    owner:
      first(onCall, [['owner'], ['team']], 'owner') ??
      first(catalog, [['spec', 'owner'], ['owner'], ['team']], 'owner'),
    tier: tierOf(look, onCall, catalog),
    docs: docsOf(look, onCall, catalog),
    dependencies: dependenciesOf(look, onCall, catalog),
  }
  const evidence = Object.values(found).filter((one) => one !== null)
  const missing = Object.entries(found).flatMap(([name, one]) => (one === null ? [name] : []))
  if (missing.length > 0) return fail(`not written down: ${missing.join(', ')}`, evidence)
  // Backstage knows what it depends on, and has no place for what happens without it.
  if (found.dependencies?.says === BARE)
    return warn('what happens without its dependencies is not written down', evidence)
  return pass('owner, tier, docs and dependencies are written down', evidence)
}

// A catalog for several apps is at the top of their repository.
function catalogOf({ files, repositoryFiles }: Look): YamlDocument | null {
  for (const some of [files, repositoryFiles]) {
    const path = some.matching(CATALOG)[0]
    const documents = path === undefined ? [] : yamlDocuments(some, path).documents
    const component = documents.find(({ value }) => field(value, 'kind') === 'Component') ?? documents[0]
    if (component !== undefined) return component
  }
  return null
}

function first(document: YamlDocument | null, places: string[][], what: string): Fact {
  const at = document === null ? undefined : places.find((one) => isFilled(field(document.value, ...one)))
  return at === undefined ? null : { says: what, file: document!.file, line: document!.lineOf(at) }
}

function tierOf({ config, files }: Look, onCall: YamlDocument | null, catalog: YamlDocument | null): Fact {
  const written = field(config?.written, 'check', 'tier')
  if (isFilled(written)) return { says: `tier ${written}`, file: files.at('sluice.yaml') }
  const places = [
    ['tier'],
    ...['labels', 'annotations'].map((key) => ['metadata', key, 'tier']),
    ['spec', 'tier'],
  ]
  return first(onCall, [['tier']], 'tier') ?? first(catalog, places, 'tier')
}

function docsOf({ files }: Look, onCall: YamlDocument | null, catalog: YamlDocument | null): Fact {
  const places = [
    ['metadata', 'links'],
    ['metadata', 'annotations', 'backstage.io/techdocs-ref'],
    ['links'],
    ['docs'],
  ]
  const written = first(onCall, [['docs']], 'docs') ?? first(catalog, places, 'docs')
  if (written !== null) return written
  const readme = files.matching(/^readme\.(?:md|rst|txt|adoc)$/i)[0]
  return readme === undefined ? null : { says: 'docs', file: files.at(readme) }
}

function dependenciesOf(look: Look, onCall: YamlDocument | null, catalog: YamlDocument | null): Fact {
  const listed = field(onCall?.value, 'dependencies')
  if (Array.isArray(listed) && listed.every((one) => isFilled(field(one, 'failure') ?? field(one, 'effect'))))
    return (
      first(onCall, [['dependencies']], 'dependencies') ?? {
        says: 'it depends on nothing',
        file: onCall!.file,
      }
    )
  for (const { headings, file } of runbooks(look)) {
    const heading = headings.find(({ text }) => /depend/i.test(text))
    if (heading !== undefined && (/^\s*\|.*\|/m.test(heading.body) || look.app.services.length === 0))
      return { says: 'dependencies, and what is lost without them', file, line: heading.line }
  }
  if (listOf(field(catalog?.value, 'spec', 'dependsOn')).length > 0)
    return { says: BARE, file: catalog!.file, line: catalog!.lineOf(['spec', 'dependsOn']) }
  return null
}
