import { type Check, notApplicable, unknown } from '../../check.ts'
import { NO_CI } from '../../look/ci-commands.ts'
import { type CiFile, ciFiles } from '../../look/ci-files.ts'
import { answerOf, merged, type Weighed } from '../../look/weighed.ts'
import { actionPins } from './action-pins.ts'
import { gitlabPins } from './gitlab-pins.ts'
import { imagePins } from './image-pins.ts'
import { jenkinsPins } from './jenkins-pins.ts'
import { orbPins } from './orb-pins.ts'

/**
 * SEC-09. Code of others that runs with the project's secrets has to be the same tomorrow: actions by their full commit,
 * orbs and components by their full version (which cannot be moved), GitLab includes by commit, Jenkins libraries by
 * version. Images of CI jobs by tag are a warning: they run without the token of the repository.
 */
export const ciPins: Check = {
  id: 'SEC-09',
  title: 'what others wrote and CI runs is pinned',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['static']],
  fix: 'Name each action by its full commit with the version in a comment, each orb by its full version, and each image by its digest.',
  fixedBy: ['ci'],
  tags: ['Pinned-Dependencies', 'unpinned-uses', 'unpinned-images'],
  static(look) {
    const files = ciFiles(look)
    if (files.length === 0) return unknown(NO_CI)
    if (files.every(({ system }) => system === 'codepipeline'))
      return notApplicable('a buildspec refers to nothing of others but the image of its project')
    const all = merged(...files.map(pinsOf), actionPins(look), unreadOf(files))
    const isEmpty = Object.values(all).every(({ length }) => length === 0)
    const good = files.map(({ file }) => ({ says: 'refers to nothing of others', file }))
    return answerOf(isEmpty ? { ...all, good } : all, 'everything that is referred to is pinned')
  },
}

function pinsOf(file: CiFile): Partial<Weighed> {
  switch (file.system) {
    case 'github':
      return imagePins(file)
    case 'gitlab':
      return merged(gitlabPins(file), imagePins(file))
    case 'circleci':
      return merged(orbPins(file), imagePins(file))
    case 'jenkins':
      return jenkinsPins(file)
    case 'codepipeline':
      return {}
  }
}

function unreadOf(files: CiFile[]): Partial<Weighed> {
  const broken = files.filter(({ system, document }) => system !== 'jenkins' && document === null)
  return { open: broken.map(({ file }) => ({ says: 'is not YAML that can be read', file })) }
}
