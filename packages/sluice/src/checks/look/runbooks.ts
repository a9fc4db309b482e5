import { once } from './look.ts'
import { type Heading, headingsOf } from './markdown-page.ts'

/** A page that says what to do when something is wrong. */
export interface Runbook {
  /** From the repository's folder. */
  file: string
  text: string
  headings: Heading[]
}

const PAGE = /(?:^|\/)(?:run-?books?|play-?books?)(?:\/.+|[\w.-]*)\.(?:md|markdown|mdx)$/i

/** Every runbook of the app; where it has none, of its repository. An Ansible playbook is YAML, and none. */
export const runbooks = once(({ files, repositoryFiles }): Runbook[] => {
  const some = files.matching(PAGE).length > 0 ? files : repositoryFiles
  return some.matching(PAGE).map((path) => {
    const text = some.read(path) ?? ''
    return { file: some.at(path), text, headings: headingsOf(text) }
  })
})
