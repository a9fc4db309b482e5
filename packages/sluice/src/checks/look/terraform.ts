import { lineAt } from './files.ts'
import { once } from './look.ts'
import { ownMatching } from './own-files.ts'

/** A block in a file of Terraform or OpenTofu, with its text up to the next one. */
export interface TerraformBlock {
  /** `aws_backup_plan` */
  type: string
  name: string
  text: string
  file: string
  line: number
}

const BLOCK = /^[ \t]*(?:resource|module|data)\s+"([\w-]+)"(?:\s+"([\w-]+)")?\s*\{/gm

/** Every resource and module of the repository that is of no other app. */
export const terraformBlocks = once((look): TerraformBlock[] =>
  ownMatching(look, /\.(?:tf|tofu)$/).flatMap((path) => {
    const text = look.repositoryFiles.read(path) ?? ''
    const found = [...text.matchAll(BLOCK)]
    return found.map((one, index) => ({
      type: one[1]!,
      name: one[2] ?? one[1]!,
      text: text.slice(one.index, found[index + 1]?.index),
      file: path,
      line: lineAt(text, one.index),
    }))
  }),
)
