import type { AppFacts } from '../../detect/facts.ts'
import { sharedFolder } from '../../pipeline/shared-folder.ts'
import { yamlText } from '../../pipeline/yaml-text.ts'
import { type Generated, madeBy } from '../generator.ts'

/** A version that is a week old has been looked at by somebody. */
const cooldownDays = 7

/** What keeps pins and dependencies up to date. One file of a project, so only an app that is all of it writes one. */
export function dependabot(app: AppFacts): Generated {
  const own = ecosystemOf(app)
  if (app.folder !== '.') {
    const which = `${own === null ? '' : `${own}${placeOf(app)} and `}docker for /${app.folder}`
    return {
      files: [],
      notes: [
        `Let Dependabot look at ${app.name} too: in .github/dependabot.yml, ${which}, with a cooldown of ${cooldownDays} days.`,
      ],
    }
  }
  const ecosystems = [...(own === null ? [] : [own]), 'docker', 'github-actions']
  const content = yamlText({
    version: 2,
    updates: ecosystems.map((name) => ({
      'package-ecosystem': name,
      directory: '/',
      schedule: { interval: 'weekly' },
      cooldown: { 'default-days': cooldownDays },
    })),
  })
  return {
    files: [{ path: '.github/dependabot.yml', within: 'project', content: `${madeBy()}\n${content}` }],
    notes: [],
  }
}

// Of a workspace it reads what all members share, which is where that begins; of Go each module.
function placeOf(app: AppFacts): string {
  const shared = sharedFolder(app)
  return shared === app.folder ? '' : ` for /${shared === '.' ? '' : shared}`
}

function ecosystemOf(app: AppFacts): string | null {
  switch (app.stack) {
    case 'node':
      return app.packageManager.value === 'bun' ? 'bun' : 'npm'
    case 'go':
      return 'gomod'
    case 'python':
      return app.manager.value === 'uv' ? 'uv' : 'pip'
    case 'static':
      return null
  }
}
