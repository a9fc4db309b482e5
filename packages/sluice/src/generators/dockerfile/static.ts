import type { StaticFacts } from '../../detect/facts.ts'
import { newest } from '../../pipeline/pins.ts'
import { baseImages } from './base-images.ts'
import { type Draft, portOf, userLine } from './draft.ts'
import { javaScriptCheck } from './health-check.ts'
import { asFolder, copyLine, insidePath, versionWord } from './text.ts'

/**
 * Files, and `serve.mjs` that is generated beside. Not nginx: its image neither reads PORT nor has anything of its own to
 * ask how it is, and the same file serves the same site where it runs as a process.
 */
export function staticDraft(app: StaticFacts): Draft {
  const folder = insidePath(app.serves.value)
  const port = portOf(app, 3000)
  const isAll = folder === '.'
  return {
    lines: [
      '# One stage: there is nothing to install and nothing to build.',
      `FROM ${baseImages.node(versionWord(app.version?.value ?? newest.node))}`,
      `ENV NODE_ENV=production PORT=${port}`,
      'WORKDIR /app',
      ...(isAll ? ['COPY . .'] : ['COPY serve.mjs ./', copyLine([folder], asFolder(folder))]),
      userLine,
      `EXPOSE ${port}`,
      ...javaScriptCheck('node', { port, readsPort: true, path: '/livez' }),
      '# As the first process it gets no init of its own: `docker run --init` gives one, and so does Sluice.',
      'CMD ["node", "serve.mjs"]',
    ],
    needs: ['serve.mjs', folder],
    made: [],
    notes: [],
    contextAbove: null,
  }
}
