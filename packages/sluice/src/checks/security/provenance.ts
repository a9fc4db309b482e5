import { type Answer, type Check, type Evidence, fail, hint, pass, unknown, warn } from '../check.ts'
import { ciCommands, NO_CI } from '../look/ci-commands.ts'
import { ciFiles } from '../look/ci-files.ts'
import { imageFile } from '../look/image-file.ts'
import type { Look } from '../look/look.ts'
import { platformReply } from '../look/platform-reply.ts'
import { productionOf } from '../look/production.ts'
import { everyWorkflow } from '../look/workflows.ts'
import { field, listOf } from '../look/yaml-documents.ts'

type Part = 'SBOM' | 'provenance' | 'signature'
const parts: Part[] = ['SBOM', 'provenance', 'signature']

/** What commands give, and actions by their names. GitHub and npm sign what they attest. */
const given: { pattern: RegExp; parts: Part[] }[] = [
  {
    pattern:
      /\bsyft\b|anchore\/sbom-action|\bcyclonedx\b|\bcdxgen\b|\btrivy\b.*\b(?:cyclonedx|spdx)|--sbom(?:[= ]true)?(?=\s|$)/,
    parts: ['SBOM'],
  },
  { pattern: /\bbuildx\b.*--provenance[= ](?!false)|--attest[= ]type=provenance/, parts: ['provenance'] },
  { pattern: /--attest[= ]type=sbom/, parts: ['SBOM'] },
  { pattern: /\bcosign\s+(?:sign|attest)\b|\bnotation\s+sign\b/, parts: ['signature'] },
  {
    pattern: /\bnpm\s+publish\b.*--provenance|slsa-framework\/slsa-github-generator/,
    parts: ['provenance', 'signature'],
  },
  {
    pattern: /actions\/attest(?:-build-provenance)?@|\bgh\s+attestation\b/,
    parts: ['provenance', 'signature'],
  },
  { pattern: /actions\/attest-sbom@/, parts: ['SBOM', 'signature'] },
]

const kinds: { [K in Part]: RegExp } = {
  SBOM: /spdx|cyclonedx/i,
  provenance: /slsa|provenance|in-toto/i,
  signature: /sigstore|cosign|notary|dsse/i,
}

/**
 * SEC-14. The steps that say what is in an image, what it was made of, and by whom; or, in place of them, the registry's
 * referrers of the image in ops/replies/image-referrers.json (OCI distribution, `GET /v2/NAME/referrers/DIGEST`).
 */
export const provenance: Check = {
  id: 'SEC-14',
  title: 'an image says what is in it, where it was made, and is signed',
  severity: 'medium',
  blocksFrom: null,
  passes: [['static'], ['platform']],
  fix: 'Build with `sbom: true` and `provenance: mode=max`, and add a step with actions/attest or `cosign sign`.',
  fixedBy: ['ci'],
  tags: ['SBOM', 'Signed-Releases'],
  concerns(look) {
    const production = productionOf(look.config)
    if (production?.target === 'process') return 'production runs as processes, which no image is built for'
    const hasImage = imageFile(look) !== null || look.config?.image != null
    return hasImage ? null : 'no image is built of it: what runs is built where it runs'
  },
  // Signing may happen elsewhere, and the registry knows better than the steps.
  static: (look) => hint(stepsIn(look)),
  platform(look) {
    const stored = platformReply(look, 'image-referrers')
    if ('answer' in stored) return stored.answer
    const types = listOf(field(stored.reply, 'manifests')).map((one) =>
      [field(one, 'artifactType'), JSON.stringify(field(one, 'annotations'))].join(' '),
    )
    const has = parts.filter((part) => types.some((type) => kinds[part].test(type)))
    return byParts(has, [{ says: stored.says, file: stored.file }], 'the registry has')
  },
}

function stepsIn(look: Look): Answer {
  const files = ciFiles(look)
  if (files.length === 0) return unknown(NO_CI)
  const found = [...commandsOf(look), ...actionsOf(look)]
  const has = parts.filter((part) => found.some((one) => one.parts.includes(part)))
  const evidence = found.map(({ file, line, says }) => ({ file, line, says }))
  return byParts(
    has,
    evidence.length > 0 ? evidence : files.map(({ file }) => ({ says: 'no such step', file })),
    'CI makes',
  )
}

function byParts(has: Part[], evidence: Evidence[], who: string): Answer {
  const lacking = parts.filter((part) => !has.includes(part))
  if (lacking.length === 0) return pass(`${who} an SBOM, provenance and a signature`, evidence)
  if (has.length > 0) return warn(`${who} ${has.join(' and ')}, and lacks ${lacking.join(' and ')}`, evidence)
  return fail(`${who} neither SBOM nor provenance nor signature`, evidence)
}

interface Giving extends Evidence {
  parts: Part[]
}

function commandsOf(look: Look): Giving[] {
  return ciCommands(look).flatMap(({ text, file, line }) => {
    const gives = given.filter(({ pattern }) => pattern.test(text)).flatMap((one) => one.parts)
    return gives.length === 0 ? [] : [{ parts: gives, says: gives.join(' and '), file, line }]
  })
}

function actionsOf(look: Look): Giving[] {
  return everyWorkflow(look).flatMap(({ file, jobs }) =>
    jobs.flatMap(({ uses: called, steps }) =>
      [...steps, { uses: called, value: null, line: 1 }].flatMap(({ uses, value, line }) => {
        if (uses === null) return []
        const gives = uses.startsWith('docker/build-push-action@')
          ? ofBuild(value)
          : given.filter(({ pattern }) => pattern.test(uses)).flatMap((one) => one.parts)
        // The newer action attests whatever it is given.
        const more: Part[] = field(value, 'with', 'sbom-path') === null ? [] : ['SBOM']
        const all = [...gives, ...more]
        return all.length === 0 ? [] : [{ parts: all, says: `${uses}: ${all.join(' and ')}`, file, line }]
      }),
    ),
  )
}

// Without a word about it, what is pushed has the small provenance (docs.docker.com, "Attestations with GitHub Actions").
function ofBuild(step: unknown): Part[] {
  const [sbom, provenance, push, attests] = ['sbom', 'provenance', 'push', 'attests'].map((key) =>
    String(field(step, 'with', key) ?? ''),
  )
  const isPushed = push !== '' && push !== 'false'
  return [
    ...(/true|generator/.test(sbom!) || /type=sbom/.test(attests!) ? (['SBOM'] as const) : []),
    ...((provenance === '' ? isPushed : provenance !== 'false') ? (['provenance'] as const) : []),
  ]
}
