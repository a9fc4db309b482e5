import { posix } from 'node:path'
import type { AppFacts } from '../detect/facts.ts'
import { ecrPassword } from './ecr.ts'
import { job } from './job.ts'
import type { Cloud, Job } from './pipeline.ts'
import { shellWord } from './shell-word.ts'

/** Builds the image and keeps nothing of it: shows that it can be built. */
export function imageCheck(app: AppFacts): Job {
  return job({
    id: 'image-check',
    title: 'Image, built and not kept',
    place: { kind: 'engine' },
    timeoutMinutes: 30,
    steps: [{ name: 'Build the image', folder: '.', script: `docker build ${imageSource(app)}` }],
  })
}

/**
 * Builds the image once, with what is in it and where it came from, and hands on its name and digest. It is kept in
 * `cloud`, or else where the CI system keeps images.
 */
export function publish(app: AppFacts, checks: string[], cloud: Cloud | null): Job {
  return job({
    id: 'publish',
    title: 'Image, built once',
    needs: checks,
    place: { kind: 'engine' },
    timeoutMinutes: 30,
    // Begun again it would be another image under the same tag.
    retries: 0,
    outputs: ['IMAGE', 'DIGEST'],
    permissions: [
      { scope: 'contents', level: 'read', because: 'the code that the image is built from' },
      ...(cloud === null ? [toPush] : []),
    ],
    cloud,
    env: cloud === null ? {} : { IMAGE_NAME: cloud.image },
    steps: [{ name: 'Build, push and take the digest', folder: '.', script: publishScript(app, cloud) }],
  })
}

const toPush = {
  scope: 'packages',
  level: 'write',
  because: 'the registry that the image is pushed to',
} satisfies Job['permissions'][number]

// A configuration of its own: credentials and builder are gone with the job, whatever machine it ran on.
function publishScript(app: AppFacts, cloud: Cloud | null): string {
  const below = app.folder === '.' || cloud !== null ? '' : `/${app.name}`
  return `IMAGE=$(printf '%s' "$IMAGE_NAME${below}" | tr '[:upper:]' '[:lower:]')
DOCKER_CONFIG=$(mktemp -d)
export DOCKER_CONFIG
builder="sluice-$$"
trap 'docker buildx rm --force "$builder" || true; rm -rf "$DOCKER_CONFIG"' EXIT
${cloud === null ? '' : takeRole(cloud)}printf '%s' "$REGISTRY_TOKEN" | docker login "\${IMAGE%%/*}" --username "$REGISTRY_USER" --password-stdin
# Of a context, because a builder does not take certificates from variables.
docker context create "$builder"
docker buildx create --name "$builder" --driver docker-container "$builder"
docker buildx build --builder "$builder" --push --tag "$IMAGE:$REVISION" \\
  --sbom=true --provenance=mode=max --metadata-file "$DOCKER_CONFIG/image.json" \\
  ${imageSource(app)}
DIGEST=$(sed -n 's/.*"containerimage.digest": *"\\(sha256:[0-9a-f]\\{64\\}\\)".*/\\1/p' "$DOCKER_CONFIG/image.json" | head -n 1)
echo "\${IMAGE}@\${DIGEST:?the build named no digest}"
printf 'IMAGE=%s\\nDIGEST=%s\\n' "$IMAGE" "$DIGEST" >> outputs.env`
}

// The AWS CLI finds the file by itself, and asks for the role that AWS_ROLE_ARN names.
function takeRole(cloud: Cloud): string {
  return `# Lent for the token that the CI system has made for this job; where it makes none, the role of the machine.
if [ -n "\${IDENTITY_TOKEN+given}" ]; then
  AWS_WEB_IDENTITY_TOKEN_FILE="$DOCKER_CONFIG/identity"
  export AWS_WEB_IDENTITY_TOKEN_FILE
  (umask 077 && printf '%s' "\${IDENTITY_TOKEN:?the CI system has made no token}" > "$AWS_WEB_IDENTITY_TOKEN_FILE")
fi
${ecrPassword(cloud)}
`
}

function imageSource(app: AppFacts): string {
  const context = app.workspaceRoot ?? app.folder
  return `--file ${shellWord(posix.join(app.folder, 'Dockerfile'))} ${shellWord(context)}`
}
