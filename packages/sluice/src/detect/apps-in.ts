import type { AppFacts, NodeFacts, Question } from './facts.ts'
import { goFacts } from './go/go.ts'
import { readManifest } from './node/manifest.ts'
import { hasServer, isServed, type NodePlace, nodeFacts } from './node/node.ts'
import { isPythonServed, pythonFacts } from './python/python.ts'
import { staticFacts } from './static-files.ts'
import type { Survey } from './survey.ts'

/** How a folder is looked at. */
export interface Look extends NodePlace {
  /** Whether nothing else may be the app: then also what has no start is one, and it is asked. */
  isAlone: boolean
}

/** The apps of one folder. More than one where its files are of several stacks, which is asked about. */
export async function appsIn(survey: Survey, folder: string, look: Look): Promise<AppFacts[]> {
  const manifest = await readManifest(survey, folder)
  const node = await tried(survey, async (aside) =>
    manifest === null ? null : nodeFacts(aside, manifest, look),
  )
  const go = await tried(survey, (aside) => goFacts(aside, folder, look.others))
  const python = await tried(survey, (aside) => pythonFacts(aside, folder, look.others))

  const isPython =
    python.facts !== null && (isPythonServed(python.facts) || (look.isAlone && node.facts === null))
  const others: Tried<AppFacts>[] = [...(go.facts === null ? [] : [go]), ...(isPython ? [python] : [])]
  const isNode = node.facts !== null && counts(survey, folder, node.facts, others, look)
  const taken = isNode ? [node, ...others] : others
  if (taken.length === 0) {
    // Pages beside a package that has dependencies may be its documentation.
    const isTooling = Object.keys(manifest?.dependencies ?? {}).length === 0
    const pages = isTooling ? staticFacts(survey, folder) : null
    if (pages !== null) return [pages]
    if (look.isAlone && node.facts !== null && hasSomething(node.facts)) taken.push(node)
    else for (const one of [node, go]) for (const text of one.notes) survey.note(text)
  }
  for (const one of taken) {
    survey.questions.push(...one.questions)
    for (const text of one.notes) survey.note(text)
  }
  const apps = taken.map(({ facts }) => facts!)
  if (apps.length > 1) ask(survey, folder, apps)
  return apps
}

interface Tried<T> {
  facts: T | null
  questions: Question[]
  notes: string[]
}

// What comes up is kept aside: nobody wants to be asked about an app that turns out to be none.
async function tried<T>(survey: Survey, look: (aside: Survey) => Promise<T | null>): Promise<Tried<T>> {
  const [questions, notes]: [Question[], string[]] = [[], []]
  const facts = await look({ ...survey, questions, notes, note: (text) => notes.push(text) })
  return { facts, questions, notes }
}

// Beside another stack, a package.json without a server is there for what it builds: styles, scripts.
function counts(
  survey: Survey,
  folder: string,
  node: NodeFacts,
  others: Tried<AppFacts>[],
  look: Look,
): boolean {
  // What all apps share is depended on at the root, and started below.
  const isBorrowed = look.others.length > 0 && node.scripts.start === undefined && node.framework !== null
  if (others.length === 0) return (isServed(node) && !isBorrowed) || (look.isAlone && hasServer(node))
  if (hasServer(node)) return true
  survey.note(
    `${node.because.file} starts nothing: it was taken for tooling of the ${others[0]!.facts!.stack} app in ${folder}`,
  )
  return false
}

function ask(survey: Survey, folder: string, apps: AppFacts[]): void {
  survey.questions.push({
    folder,
    about: 'stack',
    message: `${folder === '.' ? 'the folder' : folder} has files of several stacks: ${apps.map(({ stack }) => stack).join(', ')}. Which one is the app?`,
    choices: apps.map(({ stack, because }) => ({ value: stack, because })),
    whyNoDefault: 'each of them starts something, and only one can be the app of a folder',
  })
}

// `{}` is nothing that anybody could deploy.
function hasSomething(node: NodeFacts): boolean {
  return node.hasDependencies || Object.keys(node.scripts).length > 0
}
