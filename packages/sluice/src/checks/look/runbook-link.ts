import { posix } from 'node:path'
import type { AlertRule } from './alert-rules.ts'
import type { Look } from './look.ts'
import { hasAnchor } from './markdown-page.ts'

/** Where the link of an alert leads. */
export type RunbookLink =
  | { leads: 'nowhere'; why: string }
  /** To a page of this repository, whose name is from its folder. */
  | { leads: 'here'; file: string }
  /** To another host, which is not asked. */
  | { leads: 'outside'; url: string }

const KEYS = ['runbook_url', 'runbook', 'runbookUrl', 'playbook']

/**
 * The link in `runbook_url` or `runbook`, from the file of the alert or from the folder of the app or its repository. Where there
 * are several, the one that leads to a page of this repository.
 */
export function runbookLink(alert: AlertRule, look: Look): RunbookLink {
  const written = KEYS.flatMap((key) => alert.annotations[key] ?? alert.labels[key] ?? [])
    .map((link) => link.trim())
    .filter((link) => link !== '' && !/^TODO\b/.test(link))
  const links = written.map((link) => followed(link, alert, look))
  return (
    links.find(({ leads }) => leads === 'here') ?? links[0] ?? { leads: 'nowhere', why: 'has no runbook_url' }
  )
}

function followed(link: string, alert: AlertRule, look: Look): RunbookLink {
  const [path, anchor] = pathOf(link, look)
  if (path === null) return { leads: 'outside', url: link }
  const file = placesOf(path, alert, look).find((one) => look.repositoryFiles.exists(one))
  if (file === undefined) return { leads: 'nowhere', why: `links to ${path}, which is not there` }
  const isPage = /\.(?:md|markdown|mdx)$/i.test(file)
  if (anchor === null || !isPage || hasAnchor(look.repositoryFiles.read(file) ?? '', anchor))
    return { leads: 'here', file }
  return { leads: 'nowhere', why: `links to #${anchor}, and ${file} has no such heading` }
}

// A page of this repository as GitHub, GitLab and Bitbucket show it is the file itself.
function pathOf(written: string, { repository }: Look): [path: string | null, anchor: string | null] {
  const [before = '', anchor = null] = written.split('#', 2)
  if (!/^[a-z][a-z\d+.-]*:\/\//i.test(before)) return [before, anchor]
  if (repository === null) return [null, anchor]
  const own = `https?://${escaped(repository.host)}/${escaped(repository.path)}/(?:-/)?(?:blob|tree|raw|src)/`
  const inside = new RegExp(`^${own}(.+)$`, 'i').exec(before)?.[1]
  const branch = `${repository.defaultBranch}/`
  if (inside === undefined) return [null, anchor]
  return [inside.startsWith(branch) ? inside.slice(branch.length) : inside.replace(/^[^/]+\//, ''), anchor]
}

function placesOf(path: string, { file }: AlertRule, { files }: Look): string[] {
  const plain = path.replace(/^\//, '')
  return [files.at(plain), posix.normalize(plain), posix.join(posix.dirname(file), path)]
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
