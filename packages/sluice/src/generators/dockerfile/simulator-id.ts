/** What the simulator finds, with what others call it. */
export const simulatorTags = {
  'SIM-SOURCE': ['CopyIgnoredFile'],
  'SIM-COMMAND': [],
  'SIM-SHELL': ['DL3025', 'JSONArgsRecommended'],
  'SIM-PROBE': ['CIS-DI-0006'],
  'SIM-PERMISSION': [],
  'SIM-SECRET': ['SecretsUsedInArgOrEnv', 'DL3064', 'CIS-DI-0010'],
  'SIM-FINAL': [],
  'SIM-WORKDIR': ['DL3045', 'WorkdirRelativePath'],
} as const

export type SimulatorId = keyof typeof simulatorTags
