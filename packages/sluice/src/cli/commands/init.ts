import { join, relative, resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Project, Repository } from '../../detect/facts.ts'
import { repositoryFolder, repositoryOf } from '../../detect/repository.ts'
import { SluiceError } from '../../errors.ts'
import type { Generator } from '../../generators/generator.ts'
import { type GeneratorName, generators, optionalGenerators } from '../../generators/index.ts'
import type { GeneratorRequest } from '../../generators/request.ts'
import { stamped } from '../../generators/stamp.ts'
import { nearest } from '../../std/nearest.ts'
import { type Call, print, printJson } from '../call.ts'
import { exitCode } from '../exit-code.ts'
import { answered } from '../init/answers.ts'
import { diffLines, factLines, proposalLine, widestPath } from '../init/lines.ts'
import { writeProjectFile } from '../init/project-file.ts'
import { lookAt, type Proposal, type Survey, survey, targets } from '../init/survey.ts'
import { addOptions } from '../options.ts'

interface InitOptions {
  yes?: boolean
  check?: boolean
  target?: GeneratorRequest['target']
  with?: GeneratorName[]
}

export function define(command: Command): void {
  command
    .argument('[folder]', 'the app, or several in folders below; default: here')
    .option('-y, --yes', 'ask nothing: take what the files say, and change no file that you have changed')
    .option('--check', 'write nothing; exit code 3 where the app has moved on from what was generated')
    .addOption(
      new Option(
        '--target <name>',
        'where it is to run first; default: as sluice.yaml has it, or process',
      ).choices(targets),
    )
    .option(
      '--with <names>',
      `more of what is written, with commas between: ${optionalGenerators.join(', ')}`,
      namesIn,
    )
  addOptions(command, 'json')
}

export async function run(call: Call, options: InitOptions, [folder = '.']: string[]): Promise<number> {
  const root = resolve(call.io.cwd, folder)
  const asker = options.yes === true || options.check === true || call.isJson ? null : call.io.asker
  if (asker === null && options.yes !== true && options.check !== true && !call.isJson) refuseNobody()
  const project = await answered(await lookAt(root), asker)
  if (project === null) return exitCode.interrupted
  if (!call.isJson)
    print(
      call,
      project.apps.flatMap((app) => [...factLines(app, call.paint), '']),
    )
  const more = await wished(project, options, asker)
  if (more === null) return exitCode.interrupted
  refuseCiBelow(root, more)
  const found = await survey(project, { target: options.target, with: more })
  if (call.isJson) printFacts(call, found)
  if (options.check === true) return check(call, found)
  return write(call, root, found, options)
}

/** Those that were named; else those that a person chooses, where there is one; null when they do not want to go on. */
async function wished(
  { root }: Project,
  { with: named, check }: InitOptions,
  asker: Call['io']['asker'],
): Promise<readonly GeneratorName[] | null> {
  if (named !== undefined) return named
  if (asker === null || check === true || optionalGenerators.length === 0) return []
  const choices = optionalGenerators.map((value) => ({
    value,
    hint: (generators[value] as Generator).summary,
  }))
  return asker.several('What else is to be written?', choices, likely(repositoryOf(root)))
}

const ciSystems: readonly string[] = ['github-actions', 'gitlab-ci', 'circleci'] satisfies GeneratorName[]

// A CI system reads its file where the repository begins, and nowhere else.
function refuseCiBelow(root: string, names: readonly GeneratorName[]): void {
  const top = repositoryFolder(root)
  const named = names.find((name) => ciSystems.includes(name))
  if (named === undefined || top === null || top === root) return
  throw new SluiceError(
    'USAGE',
    `${named} is read where the repository begins, ${top}, and this is a folder in it`,
    {
      todo: `Run it there: sluice init ${top} --with ${named}`,
    },
  )
}

/** What somebody with such a repository is likely to want. */
function likely(repository: Repository | null): GeneratorName[] {
  const systems: Record<string, string> = { 'github.com': 'github-actions', 'gitlab.com': 'gitlab-ci' }
  const system = systems[repository?.host ?? '']
  return optionalGenerators.filter((name) => name === system)
}

function namesIn(text: string): GeneratorName[] {
  const names = [...new Set(text.split(',').map((name) => name.trim()))]
  const unknown = names.find((name) => !(optionalGenerators as string[]).includes(name))
  if (unknown === undefined) return names as GeneratorName[]
  const near = nearest(unknown, optionalGenerators)
  const hint = near === null ? `known are: ${optionalGenerators.join(', ')}` : `did you mean ${near}?`
  throw new InvalidArgumentError(`there is no generator "${unknown}"; ${hint}`)
}

function refuseNobody(): never {
  throw new SluiceError('USAGE', 'nobody is at a keyboard here to be asked', {
    todo: 'Say sluice init --yes to take what the files say, --json for the facts alone, or --check.',
  })
}

function printFacts(call: Call, { project, proposals, notes }: Survey): void {
  printJson(call, { kind: 'facts', project })
  for (const { path, state } of proposals) printJson(call, { kind: 'file', path, state })
  for (const note of notes) printJson(call, { kind: 'note', text: note })
}

function check(call: Call, { proposals }: Survey): number {
  if (!call.isJson)
    print(
      call,
      proposals.map((proposal) => proposalLine(proposal, widestPath(proposals), call.paint)),
    )
  const late = proposals.filter(({ state }) => state === 'outdated' || state === 'changed and outdated')
  if (late.length === 0) return exitCode.done
  const files = late.map(({ path }) => path).join(', ')
  throw new SluiceError('OUT_OF_DATE', `the app has moved on from ${files}`, {
    details: late.flatMap((proposal) => diffLines(proposal, call.paint)),
    todo: 'sluice init shows what would change, and asks before it changes a file.',
  })
}

async function write(call: Call, root: string, found: Survey, options: InitOptions): Promise<number> {
  const asker = options.yes === true ? null : call.io.asker
  // With --json and without --yes the facts are all that was asked for.
  if (call.isJson && options.yes !== true) return exitCode.done
  const widest = widestPath(found.proposals)
  for (const proposal of found.proposals) {
    const isWanted = await wanted(call, proposal, asker)
    if (isWanted === null) return exitCode.interrupted
    if (isWanted) await writeProjectFile(root, { ...proposal, content: stamped(proposal.content) })
    if (!call.isJson) print(call, [proposalLine(proposal, widest, call.paint)])
  }
  if (!call.isJson) print(call, closing(call, found, root))
  return exitCode.done
}

// A file that nobody has changed since it was made may follow the app; any other only when a person says so.
async function wanted(call: Call, proposal: Proposal, asker: Call['io']['asker']): Promise<boolean | null> {
  switch (proposal.state) {
    case 'new':
      return true
    case 'same':
    case 'changed':
      return false
    case 'outdated':
    case 'changed and outdated':
    case 'own':
      if (asker === null) return proposal.state === 'outdated'
      print(call, diffLines(proposal, call.paint))
      return asker.agree(`Write ${proposal.path} anew?`)
  }
}

function closing(call: Call, { notes, project, proposals }: Survey, root: string): string[] {
  const bullets = notes.map((note) => `${call.paint.yellow('!')} ${note}`)
  const ready = project.apps
    .filter(({ folder }) => proposals.some(({ path }) => path === join(folder, 'sluice.yaml')))
    .map(({ folder }) => relative(call.io.cwd, join(root, folder)))
  const hints = ready.map((folder) => {
    const where = folder === '' ? '' : ` ${folder}`
    return call.paint.dim(`→ sluice plan${where}      → sluice deploy${where}`)
  })
  return [...(bullets.length === 0 ? [] : ['', ...bullets]), ...(hints.length === 0 ? [] : ['', ...hints])]
}
