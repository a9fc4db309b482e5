/**
 * Actions that workflows use, each by the commit that a version was. Looked up on 2026-08-31, in the actions' own tags
 * where they could be read: what a tag names may be changed by somebody else, and a commit may not.
 */
const actions = {
  'actions/checkout': ['3d3c42e5aac5ba805825da76410c181273ba90b1', 'v7.0.1'],
  'actions/setup-node': ['820762786026740c76f36085b0efc47a31fe5020', 'v7.0.0'],
  'actions/setup-go': ['b7ad1dad31e06c5925ef5d2fc7ad053ef454303e', 'v7.0.0'],
  'actions/setup-python': ['ece7cb06caefa5fff74198d8649806c4678c61a1', 'v6.3.0'],
  'actions/cache': ['55cc8345863c7cc4c66a329aec7e433d2d1c52a9', 'v6.1.0'],
  'actions/upload-artifact': ['043fb46d1a93c77aae656e7c1c64a875d1fc6a0a', 'v7.0.1'],
} as const

export type ActionName = keyof typeof actions

/** `owner/name@COMMIT`, and the version that it was. */
export function pinned(name: ActionName): { uses: string; version: string } {
  const [commit, version] = actions[name]
  return { uses: `${name}@${commit}`, version }
}
