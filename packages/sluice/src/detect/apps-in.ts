import type { AppFacts, NodeFacts, Question } from './facts.ts'
import { goApps } from './go/go.ts'
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
    one(manifest === null ? null : await nodeFacts(aside, manifest, look)),
  )
  const go = await tried(survey, (aside) => goApps(aside, folder, look.others))
  const python = await tried(survey, async (aside) => one(await pythonFacts(aside, folder, look.others)))
  const [nodeApp] = node.apps
  const [pythonApp] = python.apps

  const isPython =
    pythonApp !== undefined && (isPythonServed(pythonApp) || (look.isAlone && nodeApp === undefined))
  const others: Tried<AppFacts>[] = [...(go.apps.length === 0 ? [] : [go]), ...(isPython ? [python] : [])]
  const isNode = nodeApp !== undefined && counts(survey, folder, nodeApp, others, look)
  const taken = isNode ? [node, ...others] : others
  if (taken.length === 0) {
    // Pages beside a package that has dependencies may be its documentation.
    const isTooling = Object.keys(manifest?.dependencies ?? {}).length === 0
    const pages = isTooling ? staticFacts(survey, folder) : null
    if (pages !== null) return [pages]
    if (look.isAlone && nodeApp !== undefined && hasSomething(nodeApp)) taken.push(node)
    else for (const some of [node, go]) for (const text of some.notes) survey.note(text)
  }
  for (const some of taken) {
    survey.questions.push(...some.questions)
    for (const text of some.notes) survey.note(text)
  }
  const apps = taken.flatMap((some) => some.apps)
  // Servers of one module are apps of folders below.
  const here = apps.filter((app) => app.folder === folder)
  if (here.length > 1) ask(survey, folder, here)
  return apps
}

interface Tried<T> {
  apps: T[]
  questions: Question[]
  notes: string[]
}

// What comes up is kept aside: nobody wants to be asked about an app that turns out to be none.
async function tried<T>(survey: Survey, look: (aside: Survey) => Promise<T[]>): Promise<Tried<T>> {
  const [questions, notes]: [Question[], string[]] = [[], []]
  const apps = await look({ ...survey, questions, notes, note: (text) => notes.push(text) })
  return { apps, questions, notes }
}

function one<T>(facts: T | null): T[] {
  return facts === null ? [] : [facts]
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
    `${node.because.file} starts nothing: it was taken for tooling of the ${others[0]!.apps[0]!.stack} app in ${folder}`,
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
