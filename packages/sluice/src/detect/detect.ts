import { statSync } from 'node:fs'
import { posix, resolve } from 'node:path'
import { SluiceError } from '../errors.ts'
import { withUniqueNames } from './app-name.ts'
import { appsIn, type Look } from './apps-in.ts'
import type { AppFacts, Project } from './facts.ts'
import { foldersOf } from './folder-globs.ts'
import { goWorkAbove } from './go/go-work.ts'
import { type Manifest, readManifest } from './node/manifest.ts'
import { workspaceTool } from './node/node.ts'
import { workspaceAt } from './node/workspaces.ts'
import { pythonSign } from './python/python.ts'
import { uvWorkspaceAt } from './python/uv-workspace.ts'
import { openSurvey, type Survey } from './survey.ts'

/**
 * What a folder holds, by reading its files and nothing else: no environment, no network, no program of this machine.
 * Whatever is in the folder, it never throws; what is broken is noted, and what is ambiguous is asked.
 */
export async function detect(root: string): Promise<Project> {
  const survey = openSurvey(existing(root))
  const manifest = await readManifest(survey, '.')
  const workspace = workspaceAt(survey, '.', manifest)
  const members = [...(workspace?.folders ?? []), ...membersByOthers(survey)]
  const usual = foldersOf(survey, '.', ['apps/*', 'services/*', 'packages/*'])
  const hasManifest = manifest !== null || hasSign(survey, '.')
  const children = hasManifest ? [] : childrenOf(survey)
  const isShared = members.length > 0

  const below = [...new Set([...members, ...usual, ...children])].filter((one) => one !== '.')
  const above = workspace === null ? null : { folder: '.', manifest }
  const apps: AppFacts[] = []
  for (const folder of below) {
    const isMember = workspace?.folders.includes(folder) ?? false
    const isLikely = isMember || hasSign(survey, folder) || /^(?:apps|services)\//.test(folder)
    const others = below.filter((one) => one.startsWith(`${folder}/`))
    if (isLikely)
      apps.push(...(await appsIn(survey, folder, { above: isMember ? above : null, others, isAlone: false })))
  }

  const look: Look = {
    above: null,
    others: apps.map(({ folder }) => folder),
    isAlone: !isShared && apps.length === 0,
  }
  const own = await appsIn(survey, '.', look)
  noteWorkspace(survey, manifest, isShared, below, apps)
  const all = withUniqueNames([...own, ...apps])
  if (all.length === 0)
    survey.note(
      'there is no app here: neither package.json, go.mod, files of Python nor index.html tell how one is started',
    )
  return { root: survey.root, apps: all, questions: survey.questions, notes: survey.notes }
}

function existing(root: string): string {
  const path = resolve(root)
  const todo = 'Name the folder that holds the app.'
  let isFolder: boolean
  try {
    isFolder = statSync(path).isDirectory()
  } catch (cause) {
    throw new SluiceError('USAGE', `there is no folder ${path}`, { todo, cause })
  }
  if (!isFolder) throw new SluiceError('USAGE', `${path} is a file, and a folder was expected`, { todo })
  return path
}

// Workspaces of Go and of uv.
function membersByOthers(survey: Survey): string[] {
  return [...(goWorkAbove(survey, '.')?.uses ?? []), ...(uvWorkspaceAt(survey, '.')?.members.values() ?? [])]
}

const notApps =
  /^(?:[._]|(?:node_modules|vendor|tests?|docs?|e2e|examples?|fixtures|testdata|venv|env|coverage|scripts|tools)$)/

function childrenOf(survey: Survey): string[] {
  return survey
    .entries('.')
    .filter(({ name, isFolder }) => isFolder && !notApps.test(name))
    .map(({ name }) => name)
    .filter((name) => hasSign(survey, name))
}

/** Whether a folder has a manifest of any stack. */
function hasSign(survey: Survey, folder: string): boolean {
  const names = ['package.json', 'package.json5', 'go.mod', 'main.go']
  return names.some((name) => survey.isFile(posix.join(folder, name))) || pythonSign(survey, folder) !== null
}

function noteWorkspace(
  survey: Survey,
  manifest: Manifest | null,
  isShared: boolean,
  below: string[],
  apps: AppFacts[],
): void {
  const tool = manifest === null ? null : workspaceTool(survey, '.', manifest)
  if (tool !== null) survey.note(`${tool.from.says}: ${tool.value} runs the scripts of this repository`)
  if (!isShared) return
  const libraries = below.filter((folder) => !apps.some((app) => app.folder === folder))
  if (libraries.length > 0)
    survey.note(
      `not taken for apps, as nothing starts them: ${libraries.slice(0, 10).join(', ')}${libraries.length > 10 ? ' and more' : ''}`,
    )
}
