import { installOf } from '../../../generators/dockerfile/installs.ts'
import {
  flag,
  type Instruction,
  parseDockerfile,
  stageNamed,
} from '../../../generators/dockerfile/instructions.ts'
import { lintDockerfile } from '../../../generators/dockerfile/lint.ts'
import { all, externalBases, isRun } from '../../../generators/dockerfile/reading.ts'
import { shellCommands } from '../../../generators/dockerfile/shell-commands.ts'
import { type Answer, type Check, fail, notApplicable, pass, unknown, warn } from '../../check.ts'
import { type ImageFile, imageFile } from '../../look/image-file.ts'
import type { Look } from '../../look/look.ts'
import { productionOf } from '../../look/production.ts'
import { together } from '../../look/together.ts'
import { inSluiceYaml } from '../../look/where-it-runs.ts'
import { pinOf, withArguments } from './pin.ts'

/**
 * INF-01. A digest is what the pass asks for; a tag that says a version is a warning, since a digest can only be looked up
 * where there is a registry. An app that never becomes an image is asked for the same of its runtime and its install.
 */
export const reproducibleImage: Check = {
  id: 'INF-01',
  title: 'the image builds reproducibly, from versions that are pinned',
  severity: 'critical',
  blocksFrom: 'C',
  passes: [['static']],
  fix: 'Give every FROM a tag and a digest (`docker buildx imagetools inspect IMAGE` says it), and install by the lockfile: `npm ci`, `uv sync --locked`. `sluice init` writes a Dockerfile that installs so; the digest is yours to look up.',
  fixedBy: ['dockerfile'],
  tags: ['DL3006', 'DL3007', 'DL3013', 'DL3016'],
  static(look) {
    const image = imageFile(look)
    if (image !== null) return ofDockerfile(look, image)
    if (look.config?.image) return ofNamedImage(look, look.config.image)
    return productionOf(look.config)?.target === 'process' ? ofProcess(look) : withoutDockerfile(look)
  },
}

function withoutDockerfile({ config }: Look): Answer {
  const path = config?.build.dockerfile ?? 'Dockerfile'
  return fail(`there is no ${path}, and sluice.yaml does not say that it runs without an image`)
}

function ofDockerfile(look: Look, image: ImageFile): Answer {
  const answers = [
    ...externalImages(image).map((one) => ofImage(look, image, one)),
    ofSyntax(image),
    ofInstalls(image),
  ]
  return together(answers, unknown(`${image.file} has no FROM`))
}

/** Images that are fetched: what stages begin with, and what files are copied from. */
function externalImages({ parsed: { stages } }: ImageFile): { name: string; from: Instruction }[] {
  const copies = stages.flatMap(({ instructions, index }) =>
    instructions.flatMap((from) => {
      const name = from.keyword === 'COPY' ? flag(from, 'from') : null
      const isStage = name === null || /^\d+$/.test(name) || stageNamed(stages, name, index) !== null
      return isStage ? [] : [{ name, from }]
    }),
  )
  return [...externalBases(stages).map(({ base, from }) => ({ name: base, from })), ...copies]
}

function ofImage(look: Look, image: ImageFile, { name, from }: { name: string; from: Instruction }): Answer {
  const whole = withArguments(name, image.parsed.globals, look.config?.build.args ?? {})
  const evidence = [{ says: whole, file: image.file, line: from.line }]
  switch (pinOf(whole)) {
    case 'unresolved':
      return unknown(`which image ${name} is depends on an ARG without a default`, evidence)
    case 'floating':
      return fail(`${whole} is another image tomorrow`, evidence)
    case 'tag':
      return warn(`${whole} has a version and no digest`, evidence)
    case 'digest':
      return pass('every image is pinned by its digest', evidence)
  }
}

// Without the line it is the builder that the engine brings, which is of its version.
function ofSyntax({ parsed: { directives }, file }: ImageFile): Answer | null {
  const syntax = directives.find(({ name }) => name === 'syntax')?.value
  if (syntax === undefined || !['floating', 'unresolved'].includes(pinOf(syntax))) return null
  return fail(`the builder ${syntax} is another one tomorrow`, [{ says: `syntax=${syntax}`, file, line: 1 }])
}

/** What does not keep to the lockfile, or names no version of a tool. */
const installRules = ['DF-07', 'DF-52', 'DF-57']

function ofInstalls({ parsed, findings, file }: ImageFile): Answer | null {
  const broken = findings.filter(({ id }) => installRules.includes(id))
  if (broken.length > 0) {
    const evidence = broken.map(({ message, line }) => ({ says: message, file, line }))
    return fail([...new Set(broken.map(({ message }) => message))].join('; '), evidence)
  }
  const installs = all(parsed.stages).filter((one) => isRun(one) && shellCommands(one).some(installOf))
  if (installs.length === 0) return null
  const evidence = installs.map(({ line }) => ({ says: 'installs by the lockfile', file, line }))
  return pass('installs obey the lockfile', evidence)
}

function ofNamedImage(look: Look, name: string): Answer {
  const evidence = [inSluiceYaml(look, name, ['image'])]
  const pin = pinOf(name)
  if (pin === 'digest') return pass('the image is named by its digest', evidence)
  if (pin === 'tag') return warn(`${name} has a version and no digest`, evidence)
  return fail(`${name} is another image tomorrow`, evidence)
}

function ofProcess(look: Look): Answer {
  const { app, config } = look
  if (app.stack === 'static') return notApplicable('files are served as they are, and no image is built')
  const version = app.version
  const runtime =
    version === null
      ? warn('no image is built, and nothing says which version of its runtime it wants', [
          inSluiceYaml(look, 'it runs as a process', ['run']),
        ])
      : pass(`no image is built; its runtime is ${version.value}`, [
          { ...version.from, file: look.files.at(version.from.file) },
        ])
  return together([runtime, ofBuildCommand(look, config?.build.command ?? null)], runtime)
}

// A command line of the shell reads as one RUN does.
function ofBuildCommand(look: Look, command: string | string[] | null): Answer | null {
  if (command === null) return null
  const text = Array.isArray(command) ? JSON.stringify(command) : command.replaceAll('\n', ' && ')
  const file = `FROM scratch\nRUN ${text}\n`
  const broken = lintDockerfile(file).filter(({ id }) => installRules.includes(id))
  const evidence = [inSluiceYaml(look, 'build.command', ['build', 'command'])]
  if (broken.length > 0) return fail(broken.map(({ message }) => message).join('; '), evidence)
  const installs = all(parseDockerfile(file).stages).some((one) => shellCommands(one).some(installOf))
  return installs ? pass('the build installs by the lockfile', evidence) : null
}
