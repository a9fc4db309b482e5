/** Steps that the runbook asks for again and again, in Markdown. */
export const steps = {
  newRelease: 'Did it begin with a release? `sluice status`, `sluice history`, `sluice explain`.',
  printed: 'What do the instances say? `sluice logs --lines 200`.',
  back: 'It began with a release: [stop the rollout](#stopping-a-rollout), or [go back](#rollback). Ask why afterwards.',
  others: 'Nothing was released: look at [what it depends on](#dependencies).',
}
