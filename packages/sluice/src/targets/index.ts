import type { TargetAbilities } from '../core/capabilities.ts'
import { dockerAbilities } from './docker/abilities.ts'
import { processAbilities } from './process/abilities.ts'
import { swarmAbilities } from './swarm/abilities.ts'
import type { Artifacts, Target } from './target.ts'

/** What every target is opened with. */
export interface TargetOptions {
  /** A folder of the target's own below SLUICE_HOME, absolute. */
  root: string
}

/** One kind of target. Loaded on use, so that nothing heavy is read at start. */
export interface TargetKind {
  can: TargetAbilities
  load(): Promise<(options: TargetOptions) => Target>
  loadArtifacts(): Promise<Artifacts>
}

/** Where instances can run: one line per member. */
export const targets = {
  process: {
    can: processAbilities,
    load: () => import('./process/process.ts').then((it) => it.openProcessTarget),
    loadArtifacts: () => import('./process/release-folder.ts').then((it) => it.releaseFolders),
  },
  docker: {
    can: dockerAbilities,
    load: () => import('./docker/docker.ts').then((it) => it.openDockerTarget),
    loadArtifacts: () => import('./docker/release-image.ts').then((it) => it.releaseImages()),
  },
  swarm: {
    can: swarmAbilities,
    load: () => import('./swarm/swarm.ts').then((it) => it.openSwarmTarget),
    loadArtifacts: () => import('./swarm/swarm-images.ts').then((it) => it.swarmImages()),
  },
} satisfies Record<string, TargetKind>

export type TargetName = keyof typeof targets
