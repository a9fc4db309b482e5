import type { Stage } from '../../../generators/dockerfile/instructions.ts'
import { knownBase } from '../../../generators/dockerfile/known-bases.ts'
import { all, defaulted, lastOf } from '../../../generators/dockerfile/reading.ts'
import { type Answer, fail, pass, unknown } from '../../check.ts'
import { type ImageFile, imageFile } from '../../look/image-file.ts'
import { builtStages, firstStage } from '../../look/image-stages.ts'
import type { Look } from '../../look/look.ts'

/** Whom the image runs as, by its last USER, or by what is known of the image that it begins with. */
export function ofImage(look: Look): Answer {
  const { config } = look
  if (config?.image) return unknown(`whom ${config.image} runs as is not known here: set container.user`)
  const image = imageFile(look)
  if (image === null) return fail(`there is no ${config?.build.dockerfile ?? 'Dockerfile'}`)
  const stages = builtStages(image, config)
  const user = lastOf(stages, 'USER')
  if (user === null) return ofBase(image, stages)
  const [name = ''] = withValues(user.text.trim(), image).split(':')
  const evidence = [{ says: `USER ${user.text.trim()}`, file: image.file, line: user.line }]
  if (name.includes('$')) return unknown(`USER ${name} depends on an ARG without a default`, evidence)
  if (name === '0' || name === 'root') return fail('the image runs as root', evidence)
  if (!/^\d+$/.test(name))
    return fail(`an orchestrator cannot tell whether ${name} is root: a number can be told`, evidence)
  return pass(`the image runs as ${name}`, evidence)
}

function ofBase(image: ImageFile, stages: Stage[]): Answer {
  const stage = firstStage(stages)
  if (stage === null) return fail(`${image.file} has no FROM`)
  const base = defaulted(stage.base, image.parsed.globals)
  const evidence = [{ says: `FROM ${base}, and no USER`, file: image.file, line: stage.from.line }]
  if (base === 'scratch') return fail('the image runs as root: there is no USER', evidence)
  const known = knownBase(base)
  if (known === null) return unknown(`there is no USER, and whom ${base} runs as is not known here`, evidence)
  return /^[1-9]\d*$/.test(known.user)
    ? pass(`the image runs as ${known.user}, as ${base} says`, evidence)
    : fail('the image runs as root: there is no USER', evidence)
}

function withValues(text: string, { parsed }: ImageFile): string {
  const given = [...parsed.globals, ...all(parsed.stages)]
    .flatMap(({ properties }) => properties)
    .filter(({ value }) => value !== null)
  const values = new Map(given.map(({ name, value }) => [name, value!] as const))
  return text.replaceAll(
    /\$(?:(\w+)|\{(\w+)\})/g,
    (whole, bare, braced) => values.get(bare ?? braced) ?? whole,
  )
}
