import { ciCommands } from '../../look/ci-commands.ts'
import { ciFiles } from '../../look/ci-files.ts'
import { lineAt } from '../../look/files.ts'
import type { Look } from '../../look/look.ts'
import type { Weighed } from '../../look/weighed.ts'

/** What a stranger writes, as GitLab and Jenkins name it. Their variables are safe as long as nobody makes a script of them. */
const OF_STRANGERS = {
  gitlab:
    /\$\{?(CI_COMMIT_(?:MESSAGE|TITLE|DESCRIPTION|REF_NAME|AUTHOR)|CI_MERGE_REQUEST_(?:TITLE|DESCRIPTION|SOURCE_BRANCH_NAME))/,
  jenkins: /\$\{\s*(?:env\.)?(CHANGE_(?:TITLE|BRANCH|AUTHOR(?:_DISPLAY_NAME|_EMAIL)?))/,
}

const MAKES_SCRIPT = /\beval\b|\b(?:ba|z|da)?sh\s+-\w*c\b/
const WITH_VARIABLES =
  /\b(?:sh|bat|powershell|pwsh)\b\s*\(?\s*(?:script\s*:\s*)?("""[\s\S]*?"""|"(?:\\.|[^"\\\n])*")/g

/** Scripts of GitLab and Jenkins that are made of a text that a stranger has written. */
export function interpolations(look: Look): Partial<Weighed> {
  const gitlab = ciCommands(look).flatMap(({ system, text, file, line }) => {
    const name =
      system === 'gitlab' && MAKES_SCRIPT.test(text) ? OF_STRANGERS.gitlab.exec(text)?.[1] : undefined
    return name === undefined ? [] : [{ says: `${name} becomes part of a script`, file, line }]
  })
  const jenkins = ciFiles(look)
    .filter(({ system }) => system === 'jenkins')
    .flatMap(({ text, file }) =>
      [...text.matchAll(WITH_VARIABLES)].flatMap((match) => {
        const name = OF_STRANGERS.jenkins.exec(match[1]!)?.[1]
        return name === undefined
          ? []
          : [{ says: `${name} becomes part of a script`, file, line: lineAt(text, match.index) }]
      }),
    )
  return { bad: [...gitlab, ...jenkins] }
}
