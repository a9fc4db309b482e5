import type { z } from 'zod'
import { hostPattern } from './environment-schema.ts'
import { isPreview, previewPrefix } from './preview-name.ts'
import { day, duration, name, section, text, whole } from './values.ts'
import { variables } from './variables-schema.ts'

const minute = 60_000

/** Stands for the name of the preview in `preview.host`. */
export const namePlace = '{name}'

/** What may stand below `preview`. */
export const previewSection = section({
  like: name()
    .optional()
    .describe(
      'Environment whose target, router, container, path and limits previews have; never its variables, volumes and hooks. `staging` when not given, else `production`, else the first.',
    ),
  host: text(
    'host name',
    /^[^\s/]+$/,
    `a host name with ${namePlace} in it, such as ${namePlace}.preview.example.com`,
  )
    .refine(hasPlace, { error: `a host name with ${namePlace} in it`, params: { wanted: true } })
    .transform((written) => written.toLowerCase())
    .optional()
    .describe(
      `Host name of each preview; ${namePlace} stands for its name. \`<app>-preview-${namePlace}.localhost\` when not given.`,
    ),
  env: variables
    .prefault({})
    .describe('Variables of previews, over those of the top level. They have none of another environment.'),
  instances: whole(1, 100).prefault(1).describe('Copies of the app that a preview runs.'),
  keep: duration(minute, 90 * day)
    .prefault('7d')
    .describe(
      'How long a preview stays after its newest deploy; then it is removed with all that it has written.',
    ),
  limit: whole(1, 1_000).prefault(10).describe('Most previews of the app at a time.'),
})

/** As it was read. */
export type ReadPreview = z.output<typeof previewSection>

function hasPlace(host: string): boolean {
  return host.split(namePlace).length === 2 && hostPattern.test(host.replace(namePlace, 'a'))
}

/** Previews are like an environment that there is, and no environment has a name of theirs. */
export function refuseWrongPreview(
  { environments, preview }: { environments: Record<string, unknown>; preview: ReadPreview },
  context: z.RefinementCtx,
): void {
  const known = Object.keys(environments)
  for (const key of known.filter(isPreview)) {
    const message = `names that begin with ${previewPrefix} are kept for previews. Give it another name`
    context.addIssue({ code: 'custom', path: ['environments', key], message, params: { key: true } })
  }
  if (preview.like === undefined || known.includes(preview.like)) return
  const message = `no environment is called "${preview.like}"; known are: ${known.join(', ')}`
  context.addIssue({ code: 'custom', path: ['preview', 'like'], message })
}
