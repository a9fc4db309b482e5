import type { Artifacts, Target } from './target.ts'

/** What every target is opened with. */
export interface TargetOptions {
  /** A folder of the target's own below SLUICE_HOME, absolute. */
  root: string
}

/** One kind of target. Loaded on use, so that nothing heavy is read at start. */
export interface TargetKind {
  load(): Promise<(options: TargetOptions) => Target>
  loadArtifacts(): Promise<Artifacts>
}

/** Where instances can run: one line per member. */
export const targets = {
  process: {
    load: () => import('./process/process.ts').then((it) => it.openProcessTarget),
    loadArtifacts: () => import('./process/release-folder.ts').then((it) => it.releaseFolders),
  },
} satisfies Record<string, TargetKind>

export type TargetName = keyof typeof targets
