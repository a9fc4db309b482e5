import type { openEmbeddedRouter } from './embedded/embedded.ts'

/** How a member is had when it is needed, so that nothing of the others is read. */
export interface RouterKind {
  load: () => Promise<typeof openEmbeddedRouter>
}

/** What splits the traffic: one line per router. */
export const routers = {
  embedded: { load: () => import('./embedded/embedded.ts').then((it) => it.openEmbeddedRouter) },
} satisfies Record<string, RouterKind>

export type RouterName = keyof typeof routers
