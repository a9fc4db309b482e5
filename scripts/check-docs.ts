import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/* Says of every link between our pages whether it leads somewhere, down to the heading. Exit code 1 where one does not. */

const root = fileURLToPath(new URL('..', import.meta.url))
const broken = pagesIn(root).flatMap(brokenLinks)
for (const line of broken) console.error(line)
console.log(broken.length === 0 ? 'every link leads somewhere' : `${broken.length} links lead nowhere`)
process.exitCode = broken.length === 0 ? 0 : 1

function pagesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules' && !name.startsWith('.'))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return pagesIn(path)
      return entry.name.endsWith('.md') ? [path] : []
    })
}

function brokenLinks(page: string): string[] {
  return linksIn(readFileSync(page, 'utf8'))
    .filter((link) => !/^[a-z]+:/.test(link) && !leadsSomewhere(page, link))
    .map((link) => `${relative(root, page)} -> ${link}`)
}

function linksIn(text: string): string[] {
  return [...withoutCode(text).matchAll(/\]\(([^()\s]+)\)/g)].map(([, link]) => link!)
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', heading] = link.split('#')
  const file = path === '' ? page : resolve(dirname(page), path)
  if (!existsSync(file)) return false
  return heading === undefined || !file.endsWith('.md') || anchorsIn(file).includes(heading)
}

// As GitHub makes them: lower case, no punctuation, hyphens for spaces.
function anchorsIn(file: string): string[] {
  return [...withoutCode(readFileSync(file, 'utf8')).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  )
}

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, '')
}
