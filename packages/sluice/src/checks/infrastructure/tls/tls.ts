import type { EnvironmentConfig } from '../../../config/config.ts'
import { type Answer, type Check, fail, pass, unknown } from '../../check.ts'
import type { Look } from '../../look/look.ts'
import { platformReply } from '../../look/platform-reply.ts'
import { productionOf } from '../../look/production.ts'
import { together } from '../../look/together.ts'
import { inSluiceYaml, nowhere } from '../../look/where-it-runs.ts'
import { unreadManifests, workloads } from '../../look/workloads.ts'
import { field } from '../../look/yaml-documents.ts'
import { entrancesOf } from './entrances.ts'

/**
 * INF-05. No host of other people is asked: what curl says of the host that users meet is taken from
 * ops/replies/tls.json, `{ takenAt, from, reply }`, with the reply of
 * `curl --silent --location --tlsv1.2 --output /dev/null --write-out '%{json}' http://HOST`.
 */
export const tls: Check = {
  id: 'INF-05',
  title: 'every endpoint speaks TLS, with a certificate that is renewed in time',
  severity: 'critical',
  blocksFrom: 'C',
  passes: [['static'], ['platform']],
  fix: 'Give the Ingress or Gateway a certificate that cert-manager renews, send http to https, and alert before it ends: `sluice init --with kubernetes,alerts`. Where something else ends TLS, store what curl says in ops/replies/tls.json, or say in sluice.yaml why no TLS is needed (check.notApplicable).',
  fixedBy: ['kubernetes', 'alerts'],
  tags: ['ingress-tls', 'tlsSettingsMissing'],
  // RFC 6761: names below localhost mean the machine itself.
  concerns(look) {
    const host = productionOf(look.config)?.host ?? ''
    const isHere = host === 'localhost' || host.endsWith('.localhost')
    return isHere && entrancesOf(look).length === 0 && unreadManifests(look) === null
      ? `it is reached by ${host}, which is this machine alone: no network is in between`
      : null
  },
  static(look) {
    const entrances = entrancesOf(look)
    const environment = productionOf(look.config)
    const unread = unreadManifests(look)
    const places = [
      ...entrances,
      // Whoever comes in by a cluster does not come in by Sluice's router.
      environment === null || entrances.length > 0 ? null : ofEnvironment(look, environment),
      unread === null ? null : unknown(unread),
    ]
    return together(places, withoutEntrance(look))
  },
  platform: (look) => ofReply(look),
}

function ofEnvironment(look: Look, { name, host, router }: EnvironmentConfig): Answer {
  const evidence = [inSluiceYaml(look, `host: ${host}`, ['environments', name, 'host'])]
  const where =
    router === 'haproxy'
      ? 'whether HAProxy has certificates is said in agent.yaml of its machine'
      : 'Sluice itself speaks plain http, and what ends TLS before it is in no file here'
  return unknown(`${name} is reached by ${host}: ${where}`, evidence)
}

function withoutEntrance(look: Look): Answer {
  return workloads(look).length === 0
    ? nowhere(look)
    : unknown('there is no Ingress and no Gateway here: how it is reached from outside is not said')
}

function ofReply(look: Look): Answer {
  const stored = platformReply(look, 'tls')
  if ('answer' in stored) return stored.answer
  const { reply, file, says } = stored
  const [url, verified, redirects] = ['url_effective', 'ssl_verify_result', 'num_redirects'].map((key) =>
    field(reply, key),
  )
  const evidence = [{ says: `${says}: ${url}`, file }]
  if (typeof url !== 'string') return unknown(`${file} is not what curl writes for %{json}`)
  if (!url.startsWith('https:')) return fail(`plain http is served at ${url}`, evidence)
  if (verified !== 0) return fail(`the certificate of ${url} is not accepted`, evidence)
  if (typeof redirects !== 'number' || redirects < 1)
    return unknown(
      `${file} was asked for https: ask for http, which shows whether it is sent there`,
      evidence,
    )
  return pass(`http is sent to ${url}, whose certificate is accepted`, evidence)
}
