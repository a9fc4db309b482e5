import type { AppFacts } from '../../detect/facts.ts'
import { type Generated, type Generator, madeBy } from '../generator.ts'
import { dockerignore } from './dockerignore.ts'
import type { Draft } from './draft.ts'
import { goDraft } from './go.ts'
import { nodeDraft } from './node.ts'
import { pythonDraft } from './python.ts'
import { staticDraft } from './static.ts'

/** An image for the app, and what of its folder stays out of it. */
export const dockerfile: Generator = {
  summary: 'builds the image',
  generate: ({ app }) => dockerfileFor(app),
}

/** What came of it, and from which folder the image is to be built. */
export interface GeneratedDockerfile extends Generated {
  /** Seen from the project: the app's own folder, or the workspace that it is part of. */
  context: string
}

/**
 * Only what every BuildKit since engine 20.10 understands by itself, so there is no `# syntax=`: with that line the engine
 * would fetch a builder from a registry before it reads the next one, and newer words are all that it brings.
 * Throws CONFIG_INVALID where a name or path cannot be part of a Dockerfile.
 */
export function dockerfileFor(app: AppFacts): GeneratedDockerfile {
  const draft = draftOf(app)
  if (draft === null) {
    const what = app.stack === 'go' ? 'which package of it is built' : 'what starts it'
    return { files: [], notes: [`It has no Dockerfile: nothing says ${what}.`], context: app.folder }
  }
  const ignoreFile = draft.contextAbove === null ? '.dockerignore' : 'Dockerfile.dockerignore'
  return {
    files: [
      { path: 'Dockerfile', content: `${['# check=error=true', madeBy(), ...draft.lines].join('\n')}\n` },
      { path: ignoreFile, content: dockerignore(draft) },
    ],
    notes: draft.notes,
    context: draft.contextAbove ?? app.folder,
  }
}

function draftOf(app: AppFacts): Draft | null {
  switch (app.stack) {
    case 'node':
      return nodeDraft(app)
    case 'go':
      return goDraft(app)
    case 'python':
      return pythonDraft(app)
    case 'static':
      return staticDraft(app)
  }
}
