/** A mistake that somebody could make: one place in a file, below `src`, and what stands there instead. */
export interface PlantedFault {
  name: string
  file: string
  find: string
  instead: string
}

/** The simulator has to catch each of these, or it is blind. */
export const plantedFaults: PlantedFault[] = [
  {
    name: 'undo ends the candidate before its traffic has moved back',
    file: 'core/undo.ts',
    find: 'return [...back(rollout, stable), ...farewell, ...whole, ...word]',
    instead: 'return [...farewell, ...back(rollout, stable), ...whole, ...word]',
  },
  {
    name: 'undo forgets to start stable again',
    file: 'core/undo.ts',
    find: "{ kind: 'provision', release: stable.release, count: stable.count },",
    instead: '',
  },
  {
    name: 'undo is over before all of stable is ready',
    file: 'core/undo.ts',
    find: 'isIntact(rollout) || stable === null ? []',
    instead: 'true ? []',
  },
  {
    name: 'an answer is accepted whatever its number',
    file: 'core/step.ts',
    find: "if ('effect' in event && slotAwaiting(rollout, event.effect) === null) return [rollout, []]",
    instead: '',
  },
  {
    name: 'something is done after the end',
    file: 'core/step.ts',
    find: 'if (isOver(rollout)) return [rollout, []]',
    instead: '',
  },
  {
    name: 'numbers of effects are used again',
    file: 'core/turn.ts',
    find: 'nextEffect: id + 1,',
    instead: 'nextEffect: id,',
  },
  {
    name: 'a decision depends on something outside the state',
    file: 'core/turn.ts',
    find: 'const id = turn.rollout.nextEffect',
    instead:
      'const outside = globalThis as any\n  outside.asked = (outside.asked ?? 0) + 1\n  const id = turn.rollout.nextEffect + (outside.asked % 7 === 0 ? 1 : 0)',
  },
  {
    name: 'time goes back with the clock',
    file: 'core/absorb.ts',
    find: 'Math.max(rollout.now, event.at)',
    instead: 'event.at',
  },
  {
    name: 'what was refused is never asked again',
    file: 'core/absorb.ts',
    find: "acted: 'no', refusals:",
    instead: "acted: 'asked', refusals:",
  },
  {
    name: 'an observation from before the switch counts as one from after it',
    file: 'core/absorb.ts',
    find: 'seen: rollout.seen === null ? null : { ...rollout.seen, isFresh: false },',
    instead: 'seen: rollout.seen === null ? null : { ...rollout.seen, isFresh: true },',
  },
  {
    name: 'settle is skipped',
    file: 'core/advance.ts',
    find: 'settle: { progress: settle },',
    instead: 'settle: { progress: () => done },',
  },
  {
    name: 'verify is skipped',
    file: 'core/advance.ts',
    find: 'verify: { progress: verify },',
    instead: 'verify: { progress: () => done },',
  },
  {
    name: 'drain is skipped',
    file: 'core/advance.ts',
    find: 'drain: { enter: enterDrain, progress: drain },',
    instead: 'drain: { enter: enterDrain, progress: () => done },',
  },
  {
    name: 'a drain waits for ever for connections that stay',
    file: 'core/advance.ts',
    find: 'if (spentMs(rollout) < patienceMs) return',
    instead: 'if (rollout.at >= 0) return',
  },
  {
    name: 'a gate opens by itself',
    file: 'core/advance.ts',
    find: '(rollout.passed || rollout.passAll ? done : waiting)',
    instead: '(rollout.at >= 0 ? done : waiting)',
  },
  {
    name: 'an analysis takes no time',
    file: 'core/advance.ts',
    find: 'if (spentMs(rollout) < step.forMs) return',
    instead: 'if (spentMs(rollout) < 0) return',
  },
  {
    name: 'requests are held for ever',
    file: 'core/advance.ts',
    find: 'hold: step.hold, keep, cut }',
    instead: 'hold: step.hold || planned.hold, keep, cut }',
  },
  {
    name: 'a release with nothing ready keeps its share',
    file: 'core/steer.ts',
    find: 'const ready = named.filter((release) => canServe(rollout, release))',
    instead: 'const ready = named',
  },
  {
    name: 'what the router was told counts as what it does',
    file: 'core/steer.ts',
    find: 'return isTold(rollout) && rollout.confirmed',
    instead: 'return isTold(rollout)',
  },
  {
    name: 'a router that lost its table is not told again',
    file: 'core/steer.ts',
    find: 'if (hasLostIt(rollout)) beginAgain(turn)',
    instead: '',
  },
  {
    name: 'users are sent back to instances whose end is under way',
    file: 'core/steer.ts',
    find: 'return counts[release] === 0 || isComingBack',
    instead: 'return counts[release] === 0',
  },
  {
    name: 'weights do not sum to the whole',
    file: 'core/weights.ts',
    find: '[stable]: WHOLE - basisPoints,',
    instead: '[stable]: WHOLE - basisPoints - 1,',
  },
  {
    name: 'nobody looks at the health of the candidate',
    file: 'core/judge.ts',
    find: 'unhealthy(rollout) ??\n',
    instead: '\n',
  },
  {
    name: 'a hook that failed is passed over',
    file: 'core/judge.ts',
    find: 'hooked(rollout) ??\n',
    instead: '\n',
  },
  {
    name: 'the guard never finds anything',
    file: 'core/analysis/guard.ts',
    find: 'return mostFail || allFail ?',
    instead: 'return nC < 0 ?',
  },
  {
    name: 'an outage of both releases is blamed on the candidate',
    file: 'core/analysis/guard.ts',
    find: 'return weighted / weight',
    instead:
      'const all = guard.buckets.reduce(add, none)\n  return all.nS > 0 ? all.xS / all.nS : weighted / weight',
  },
  {
    name: 'blue-green ends stable before the bake is over',
    file: 'core/strategies/blue-green.ts',
    find: '...moveAll(request, bake(spec)),\n      ...partWith(request),',
    instead: '...moveAll(request),\n      ...partWith(request),\n      ...bake(spec),',
  },
  {
    name: 'evidence against the candidate changes nothing',
    file: 'core/judge.ts',
    find: 'worse(rollout) ??\n',
    instead: '\n',
  },
  {
    name: 'counts are taken for evidence as they are, not by how much they grew',
    file: 'core/analysis/tick.ts',
    find: 'if (before === undefined) return now',
    instead: 'return now',
  },
  {
    name: 'the arms are mixed up',
    file: 'core/analysis/tick.ts',
    find: "const side = isCandidate ? 'candidate' : 'stable'",
    instead: "const side = isCandidate ? 'stable' : 'candidate'",
  },
  {
    name: 'a candidate is found good by the evidence against it',
    file: 'core/analysis/verdict.ts',
    find: 'weakestLogE(metrics.map(({ promote }) => logE(promote))) >=',
    instead: '-1 <=',
  },
  {
    name: 'what is held back is given up at once',
    file: 'core/strategies/pieces.ts',
    find: "{ kind: 'analyze', forMs: holdback.forMs, purpose: 'hold back' },",
    instead: '',
  },
  {
    name: 'a suspicious candidate gets more traffic',
    file: 'core/advance.ts',
    find: "if (step.purpose === 'pace' && !isFrozen) return done",
    instead: "if (step.purpose === 'pace') return done",
  },
  {
    name: 'releases that are still warm are left beside the two others',
    file: 'core/strategies/pieces.ts',
    find: '.filter((warm) => !parties.includes(warm.release))',
    instead: '.filter((warm) => parties.includes(warm.release))',
  },
  {
    name: 'the target takes a call that is older than its last one',
    file: 'sim/fleet.ts',
    find: 'if (compareFences(fence, this.#fence) < 0) return false',
    instead: '',
  },
  {
    name: 'the router takes a call that is older than its last one',
    file: 'sim/workers.ts',
    find: 'if (compareFences(fence, this.#fence) < 0) return false',
    instead: '',
  },
]
