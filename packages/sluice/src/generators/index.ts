import { alerts } from './alerts/alerts.ts'
import { circleci } from './circleci/circleci.ts'
import { codepipeline } from './codepipeline/codepipeline.ts'
import { compose } from './compose.ts'
import { dockerfile } from './dockerfile/dockerfile.ts'
import { envSchema } from './env-schema.ts'
import type { Generated, Generator } from './generator.ts'
import { githubActions } from './github-actions/github-actions.ts'
import { gitlabCi } from './gitlab-ci/gitlab-ci.ts'
import { jenkins } from './jenkins/jenkins.ts'
import { kubernetes } from './kubernetes/kubernetes.ts'
import { onCall } from './on-call.ts'
import type { GeneratorRequest } from './request.ts'
import { runbook } from './runbook.ts'
import { withServer } from './served-files.ts'
import { sluiceYaml } from './sluice-yaml.ts'
import { staticServer } from './static-server.ts'

/** Everything that `sluice init` writes, in the order in which a person reads it: one line per generator. */
export const generators = {
  'sluice-yaml': sluiceYaml,
  'env-schema': envSchema,
  'static-server': staticServer,
  dockerfile,
  compose,
  'github-actions': githubActions,
  'gitlab-ci': gitlabCi,
  circleci,
  jenkins,
  codepipeline,
  kubernetes,
  alerts,
  runbook,
  'on-call': onCall,
} satisfies Record<string, Generator>

export type GeneratorName = keyof typeof generators

/** Those that write only for whom asks, or for whom has their files already. */
export const optionalGenerators = (Object.keys(generators) as GeneratorName[]).filter(
  (name) => (generators[name] as Generator).isOptional === true,
)

/** What each generator makes of an app, in the order of the registry. */
export function generateAll(given: GeneratorRequest): (Generated & { name: GeneratorName })[] {
  const request = { ...given, app: withServer(given.app) }
  const names = Object.keys(generators) as GeneratorName[]
  return names.map((name) => ({ name, ...generators[name].generate(request) }))
}
