import ignore from '@balena/dockerignore'
import { copied, flag } from '../../generators/dockerfile/instructions.ts'
import { knownBase } from '../../generators/dockerfile/known-bases.ts'
import { all, defaulted } from '../../generators/dockerfile/reading.ts'
import { type Answer, type Check, type Evidence, fail, notApplicable, pass, unknown, warn } from '../check.ts'
import { type ImageFile, imageFile } from '../look/image-file.ts'
import { builtStages, firstStage } from '../look/image-stages.ts'
import type { Look } from '../look/look.ts'
import { productionOf } from '../look/production.ts'

/** INF-08. */
export const smallImage: Check = {
  id: 'INF-08',
  title: 'the image holds what runs, and neither tools nor secrets',
  severity: 'medium',
  blocksFrom: null,
  passes: [['static']],
  fix: 'Build in one stage and run in another, and keep .git, .env and installed packages out by a .dockerignore. `sluice init` writes both files.',
  fixedBy: ['dockerfile'],
  tags: ['DL3064', 'CIS-DI-0010', 'SecretsUsedInArgOrEnv'],
  static(look) {
    const image = imageFile(look)
    if (image !== null) return ofDockerfile(look, image)
    if (look.config?.image) return unknown(`what is in ${look.config.image} is not known here`)
    return productionOf(look.config)?.target === 'process'
      ? notApplicable('it runs as processes, and no image is built')
      : fail(`there is no ${look.config?.build.dockerfile ?? 'Dockerfile'}`)
  },
}

/** Of the rules and the simulator: what ends up in the image and should not. */
const harmful = ['SIM-FINAL', 'SIM-SECRET', 'DF-04']

function ofDockerfile(look: Look, image: ImageFile): Answer {
  const { file } = image
  const left = [...image.findings, ...image.simulated]
    .filter(({ id, verdict }) => harmful.includes(id) && verdict === 'fail')
    .map(({ message, line }) => ({ says: message, file, line }))
  const { sent, isInImage } = sentNeedlessly(look, image)
  const gaps = isInImage ? [...left, ...sent] : left
  if (gaps.length > 0) return fail([...new Set(gaps.map(({ says }) => says))].join('; '), gaps.slice(0, 8))
  const base = strangeBase(look, image)
  if (base !== null) return unknown(`what ${base} brings with it is not known here`)
  if (sent.length > 0) return warn(sent.map(({ says }) => says).join('; '), sent)
  return pass('the image was played through, and nothing is in it that only the build needs', [
    { says: 'neither compilers nor packages for development nor secrets', file },
  ])
}

/** What a COPY of the whole folder takes along, because no ignore file keeps it out; into the image, or a stage that builds. */
function sentNeedlessly(
  { app, config, files }: Look,
  image: ImageFile,
): { sent: Evidence[]; isInImage: boolean } {
  const stages = builtStages(image, config)
  const copies = all(stages).filter(
    (one) =>
      ['COPY', 'ADD'].includes(one.keyword) &&
      flag(one, 'from') === null &&
      copied(one).sources.some((source) => ['.', './', '/', '*'].includes(source)),
  )
  const copy = copies.findLast((one) => stages.at(-1)!.instructions.includes(one)) ?? copies[0]
  if (copy === undefined) return { sent: [], isInImage: false }
  const isInImage = stages.at(-1)!.instructions.includes(copy)
  const filter = ignore.default({ ignorecase: false }).add(image.dockerignore ?? '')
  // An app in a folder of its repository has no .git of its own.
  const paths = [
    ...(files.at('.') === '.' ? ['.git/HEAD'] : []),
    '.env',
    ...(app.stack === 'node' ? ['node_modules/a/index.js'] : []),
  ]
  const sent = paths
    .filter((path) => !filter.ignores(path))
    .map((path) => {
      const says = `no .dockerignore keeps ${path.split('/')[0]} out of ${isInImage ? 'the image' : 'the build'}`
      return { says, file: image.file, line: copy.line }
    })
  return { sent, isInImage }
}

/** The image that the last stage begins with, where no table has it. */
function strangeBase({ config }: Look, image: ImageFile): string | null {
  const stage = firstStage(builtStages(image, config))
  if (stage === null) return null
  const base = defaulted(stage.base, image.parsed.globals)
  return base === 'scratch' || knownBase(base) !== null ? null : base
}
