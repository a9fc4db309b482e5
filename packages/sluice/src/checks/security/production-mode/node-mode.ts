import { stageNamed } from '../../../generators/dockerfile/instructions.ts'
import type { Evidence } from '../../check.ts'
import { imageFile } from '../../look/image-file.ts'
import type { Look } from '../../look/look.ts'
import { manifestContainers, manifests } from '../../look/manifests.ts'
import { merged, type Weighed } from '../../look/weighed.ts'
import { inSluiceYaml } from '../../look/where-it-runs.ts'
import { field, listOf } from '../../look/yaml-documents.ts'
import { builtStage } from './built-stage.ts'
import { startCommands } from './started-for.ts'

/** These set it themselves when they start for production. */
const SET_IT = /\b(?:next|nuxt|nest)\s+start\b|NODE_ENV=production/

/** What NODE_ENV is for each environment of sluice.yaml, or where there is none, in image and manifests. */
export function nodeMode(look: Look): Partial<Weighed> {
  const { app, config } = look
  if (app.stack !== 'node' || app.servesFiles) return {}
  const elsewhere = inImage(look) ?? inManifests(look)
  const environments = Object.values(config?.environments ?? {}).filter(
    ({ name }) => !/^(?:dev|local|test)/i.test(name),
  )
  const parts = environments.map(({ name, target, env }): Partial<Weighed> => {
    const at = (says: string) =>
      inSluiceYaml(look, `${name}: ${says}`, ['environments', name, 'env', 'NODE_ENV'])
    const set = env.NODE_ENV
    if (set === 'production') return { good: [at('NODE_ENV is production')] }
    if (set !== undefined) {
      const evidence = at(`NODE_ENV is ${typeof set === 'string' ? set : 'read from a file'}`)
      return name.startsWith('prod') ? { bad: [evidence] } : { weak: [evidence] }
    }
    if (target === 'process') return { good: [at('Sluice sets NODE_ENV to production')] }
    return elsewhere ?? {}
  })
  if (environments.length > 0 && parts.every((part) => Object.keys(part).length > 0)) return merged(...parts)
  if (elsewhere !== null) return elsewhere
  const setting = startCommands(look).find(({ text }) => SET_IT.test(text))
  if (setting !== undefined) {
    const { text, ...place } = setting
    return { good: [{ says: `${text.slice(0, 80)} sets NODE_ENV`, ...place }] }
  }
  if (environments.length === 0)
    return { open: [{ says: 'nothing here says with which NODE_ENV it is started' }] }
  return { bad: [inSluiceYaml(look, 'NODE_ENV is set neither here nor in the image', ['environments'])] }
}

function inImage(look: Look): Partial<Weighed> | null {
  const image = imageFile(look)
  if (image === null) return null
  const { stages } = image.parsed
  for (let stage = builtStage(look); stage !== null; stage = stageNamed(stages, stage.base, stage.index)) {
    for (const { keyword, properties, line } of stage.instructions.toReversed()) {
      const set = keyword === 'ENV' ? properties.findLast(({ name }) => name === 'NODE_ENV') : undefined
      if (set !== undefined)
        return sorted(set.value ?? '', { says: `NODE_ENV is ${set.value}`, file: image.file, line })
    }
  }
  return null
}

function inManifests(look: Look): Partial<Weighed> | null {
  for (const { kind, value, file, lineOf } of manifests(look).manifests) {
    const set = kind === 'ConfigMap' ? field(value, 'data', 'NODE_ENV') : null
    if (set !== null)
      return sorted(String(set), { says: `NODE_ENV is ${set}`, file, line: lineOf(['data', 'NODE_ENV']) })
  }
  for (const { manifest, container, at } of manifestContainers(look)) {
    const env = listOf(field(container, 'env'))
    const index = env.findIndex((one) => field(one, 'name') === 'NODE_ENV')
    if (index === -1) continue
    const value = String(field(env[index], 'value') ?? '')
    const line = manifest.lineOf([...at, 'env', index])
    return sorted(value, { says: `NODE_ENV is ${value}`, file: manifest.file, line })
  }
  return null
}

function sorted(value: string, evidence: Evidence): Partial<Weighed> {
  // `$NODE_ENV`: by an argument of the build.
  if (value.includes('$')) return { open: [evidence] }
  return value === 'production' ? { good: [evidence] } : { bad: [evidence] }
}
