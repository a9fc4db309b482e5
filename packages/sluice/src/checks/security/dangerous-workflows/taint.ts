/** What a stranger can write, without any right in the repository: titles, texts, names of branches and people. */
const STRANGERS = new RegExp(
  String.raw`\bgithub\.(?:head_ref\b|event\.(?:${[
    String.raw`(?:issue|pull_request|discussion)\.(?:title|body)\b`,
    String.raw`(?:comment|review|review_comment)\.body\b`,
    String.raw`pull_request\.head\.(?:ref|label)\b`,
    String.raw`pull_request\.head\.repo\.(?:default_branch|description|homepage)\b`,
    String.raw`pages(?:\.\*|\[\d+\])?\.page_name\b`,
    String.raw`commits(?:\.\*|\[\d+\])?\.(?:message|author\.(?:email|name))\b`,
    String.raw`head_commit\.(?:message|(?:author|committer)\.(?:email|name))\b`,
    String.raw`workflow_run\.(?:head_branch|display_title)\b`,
    String.raw`workflow_run\.head_commit\.(?:message|(?:author|committer)\.(?:email|name))\b`,
    String.raw`workflow_run\.head_repository\.description\b`,
    String.raw`workflow_run\.pull_requests(?:\.\*|\[\d+\])?\.head\.ref\b`,
  ].join('|')}))`,
  'i',
)

/** All of an event, with the titles and texts in it. */
const WHOLE =
  /\btoJSON\s*\(\s*github(?:\.event(?:\.(?:issue|pull_request|comment|review|commits|head_commit|discussion))?)?\s*\)/i

/** Which part of an event is chosen only when it runs. */
const CHOSEN_LATER = /\bgithub\.event(?:\.[\w-]+)*\[(?!\d+\])/i

export interface Taint {
  /** `resolved`: a stranger writes it. `open`: nobody can tell by reading. */
  kind: 'resolved' | 'open'
  /** `github.event.issue.title` */
  context: string
}

/** What a text's expressions `${{ … }}` take from strangers; null: nothing. */
export function taintOf(text: string): Taint | null {
  for (const [, expression = ''] of text.matchAll(/\$\{\{([\s\S]*?)\}\}/g)) {
    const rest = withoutQuestions(expression)
    const context = STRANGERS.exec(rest)?.[0] ?? WHOLE.exec(rest)?.[0]
    if (context !== undefined) return { kind: 'resolved', context }
    const open = CHOSEN_LATER.exec(rest)?.[0]
    if (open !== undefined) return { kind: 'open', context: `${open}…]` }
  }
  return null
}

const OPERAND = String.raw`(?:'[^']*'|[\w.*-]+(?:\[\d+\])?(?:\.[\w*-]+)*)`

// A question is answered by true or false, whatever it asks about; what stands before `&&` is only asked about.
function withoutQuestions(expression: string): string {
  return expression
    .replaceAll(/\[\s*'([\w-]+)'\s*\]/g, '.$1')
    .replaceAll(/\b(?:contains|startsWith|endsWith|hashFiles)\s*\([^()]*(?:\([^()]*\)[^()]*)*\)/gi, 'true')
    .replaceAll(new RegExp(`${OPERAND}\\s*(?:[=!]=|[<>]=?)\\s*${OPERAND}`, 'g'), 'true')
    .replaceAll(new RegExp(`${OPERAND}\\s*&&`, 'g'), 'true &&')
}
