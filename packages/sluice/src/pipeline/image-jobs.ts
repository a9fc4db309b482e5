import { posix } from 'node:path'
import type { AppFacts } from '../detect/facts.ts'
import { job } from './job.ts'
import type { Job } from './pipeline.ts'
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

/** Builds the image once, with what is in it and where it came from, and hands on its name and digest. */
export function publish(app: AppFacts, checks: string[]): Job {
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
      { scope: 'packages', level: 'write', because: 'the registry that the image is pushed to' },
    ],
    steps: [{ name: 'Build, push and take the digest', folder: '.', script: publishScript(app) }],
  })
}

// A configuration of its own: credentials and builder are gone with the job, whatever machine it ran on.
function publishScript(app: AppFacts): string {
  return `IMAGE=$(printf '%s' "$IMAGE_NAME${app.folder === '.' ? '' : `/${app.name}`}" | tr '[:upper:]' '[:lower:]')
DOCKER_CONFIG=$(mktemp -d)
export DOCKER_CONFIG
builder="sluice-$$"
trap 'docker buildx rm --force "$builder" || true; rm -rf "$DOCKER_CONFIG"' EXIT
printf '%s' "$REGISTRY_TOKEN" | docker login "\${IMAGE%%/*}" --username "$REGISTRY_USER" --password-stdin
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

function imageSource(app: AppFacts): string {
  const context = app.stack === 'node' ? (app.workspaceRoot ?? app.folder) : app.folder
  return `--file ${shellWord(posix.join(app.folder, 'Dockerfile'))} ${shellWord(context)}`
}
