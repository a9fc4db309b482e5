import type { EnvironmentConfig } from '../../../config/config.ts'
import { type Answer, type Check, fail, notApplicable, pass, unknown, warn } from '../../check.ts'
import { imageFile } from '../../look/image-file.ts'
import type { Look } from '../../look/look.ts'
import type { ManifestContainer } from '../../look/manifests.ts'
import { placesOf } from '../../look/places.ts'
import { together } from '../../look/together.ts'
import { inSluiceYaml } from '../../look/where-it-runs.ts'
import type { Workload } from '../../look/workloads.ts'
import { field } from '../../look/yaml-documents.ts'
import { ofImage } from './image-user.ts'

/** Below it, a number may be that of a user of the machine. */
const LEAST_USER = 10_000

/**
 * INF-06. A container's user is what runs it says, and else its image. Without the repository saying that it runs in
 * containers, a Dockerfile that is there is judged all the same.
 */
export const nonRootUser: Check = {
  id: 'INF-06',
  title: 'it runs as a user with a number, who is not root',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['static']],
  fix: 'End the Dockerfile with `USER 10001:10001`, and in manifests set runAsNonRoot: true and runAsUser: 10001.',
  fixedBy: ['dockerfile', 'kubernetes'],
  tags: ['DL3002', 'DL3066', 'CIS-DI-0001', 'run-as-non-root', 'container-security-context-user-group-id'],
  static(look) {
    const places = placesOf(look, {
      environment: (environment) => ofEnvironment(look, environment),
      workload: (workload) => ofWorkload(look, workload),
    })
    const isInContainers = places.some((answer) => answer !== null && answer.status !== 'na')
    if (!isInContainers && imageFile(look) !== null) return ofImage(look)
    return together(places, unknown('there is no Dockerfile, and nothing says where it runs'))
  },
}

function ofEnvironment(look: Look, { name, target, container: { user } }: EnvironmentConfig): Answer {
  if (target === 'process')
    return notApplicable(`${name} runs as processes of the user who has started Sluice, without an image`)
  if (user === null) return ofImage(look)
  const evidence = [inSluiceYaml(look, `user: ${user}`, ['environments', name, 'container', 'user'])]
  const [id = ''] = user.split(':')
  if (id === '0' || id === 'root') return fail(`${name} runs it as root`, evidence)
  if (!/^\d+$/.test(id)) return fail(`whether ${id} is root cannot be told: a number can`, evidence)
  return pass(`${name} runs it as ${id}`, evidence)
}

function ofWorkload(look: Look, { containers, isPatched }: Workload): Answer[] {
  const answers = containers.map((one) => ofContainer(look, one))
  if (!isPatched) return answers
  return answers.map((answer) =>
    answer.status === 'fail'
      ? unknown(`${answer.says}; a patch of Kustomize may change it`, answer.evidence)
      : answer,
  )
}

function ofContainer(look: Look, { manifest, name, container, pod, at }: ManifestContainer): Answer {
  const said = (key: string) => field(container, 'securityContext', key) ?? field(pod, 'securityContext', key)
  const place = (says: string) => [
    { says, file: manifest.file, line: manifest.lineOf([...at, 'securityContext']) },
  ]
  const [user, isNonRoot] = [said('runAsUser'), said('runAsNonRoot') === true]
  if (user === 0) return fail(`${name} runs as root`, place('runAsUser: 0'))
  if (!isNonRoot) return fail(`nothing keeps ${name} from running as root`, place('no runAsNonRoot: true'))
  if (typeof user !== 'number') {
    const image = ofImage(look)
    return image.status === 'pass'
      ? warn(`${name} runs as the user of its image: runAsUser says it here`, place('no runAsUser'))
      : fail(`${name} has no runAsUser`, place('no runAsUser'))
  }
  if (user < LEAST_USER)
    return warn(`${name} runs as ${user}, who may be somebody on its machine`, place(`runAsUser: ${user}`))
  return pass(`${name} runs as ${user}`, place(`runAsUser: ${user}`))
}
