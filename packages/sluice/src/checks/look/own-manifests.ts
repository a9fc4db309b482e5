import { once } from './look.ts'
import { type Manifest, manifests } from './manifests.ts'
import { isOwnFile } from './own-files.ts'

/** Kubernetes objects in the repository that are of no other app. */
export const ownManifests = once((look): Manifest[] =>
  manifests(look).manifests.filter(({ file }) => isOwnFile(look)(file)),
)
