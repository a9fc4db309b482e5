import { once } from './look.ts'
import { type Heading, headingsOf } from './markdown-page.ts'
import { ownMatching } from './own-files.ts'

/** A page that says what to do when something is wrong. */
export interface Runbook {
  /** From the repository's folder. */
  file: string
  text: string
  headings: Heading[]
}

const PAGE = /(?:^|\/)(?:run-?books?|play-?books?)(?:\/.+|[\w.-]*)\.(?:md|markdown|mdx)$/i

/** Every runbook of the app; where it has none, of its repository. An Ansible playbook is YAML, and none. */
export const runbooks = once((look): Runbook[] => {
  const own = look.files.matching(PAGE).map((path) => look.files.at(path))
  return (own.length > 0 ? own : ownMatching(look, PAGE)).map((file) => {
    const text = look.repositoryFiles.read(file) ?? ''
    return { file, text, headings: headingsOf(text) }
  })
})
