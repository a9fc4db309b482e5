import { inOneShell } from '../../pipeline/in-one-shell.ts'
import { type Job, usesRegistry } from '../../pipeline/pipeline.ts'

/**
 * Runs a job's steps on the one machine with a tag, through Systems Manager: nobody keeps a key for it, and it has no open port.
 * The files come by an address that is valid for a quarter of an hour. `names` are variables that it finds there.
 */
export function onMachine(job: Job, label: string, names: string[]): string {
  const given = [
    ...names,
    ...(job.preview === null ? [] : ['PREVIEW']),
    ...job.inputs.map(({ name }) => name),
  ]
  return `(
set -e
key="machine/$CODEBUILD_RESOLVED_SOURCE_VERSION-${job.id}.tar.gz"
tar --create --gzip --exclude=./.git --file=/tmp/source.tar.gz .
aws s3 cp --only-show-errors /tmp/source.tar.gz "s3://$BUCKET/$key"
url=$(aws s3 presign "s3://$BUCKET/$key" --expires-in 900)
{
  for name in ${given.join(' ')}; do
    # Nothing that means something to a shell.
    printenv "$name" | grep -qE '^[A-Za-z0-9@:./_-]+$'
    echo "export $name='$(printenv "$name")'"
  done
  echo "url='$url'"
  cat << 'END_OF_SCRIPT'
${machineScript(job)}
END_OF_SCRIPT
} > /tmp/machine.sh
run="file=\\$(mktemp); echo $(base64 --wrap=0 /tmp/machine.sh) | base64 --decode > \\$file; sh -e \\$file; code=\\$?; rm -f \\$file; exit \\$code"
command=$(aws ssm send-command --document-name AWS-RunShellScript \\
  --targets "Key=tag:sluice,Values=${label}" --timeout-seconds 600 \\
  --parameters "$(jq --null-input --arg run "$run" '{commands: [$run], executionTimeout: ["${job.timeoutMinutes * 60}"]}')" \\
  --query Command.CommandId --output text)
status=Pending
while [ "$status" = Pending ] || [ "$status" = InProgress ]; do
  sleep 5
  status=$(aws ssm list-commands --command-id "$command" --query 'Commands[0].Status' --output text)
done
aws ssm list-command-invocations --command-id "$command" --details \\
  --query 'CommandInvocations[].CommandPlugins[].Output' --output text > /tmp/answer.txt
cat /tmp/answer.txt
machines=$(aws ssm list-commands --command-id "$command" --query 'Commands[0].TargetCount' --output text)
echo "$status on $machines machines with the tag sluice = ${label}; one was expected"
[ "$status" = Success ] && [ "$machines" = 1 ]${outputLines(job)}
)`
}

function machineScript(job: Job): string {
  const login = usesRegistry(job)
    ? `REGISTRY_USER=AWS
REGISTRY_TOKEN=$(aws ecr get-login-password --region "$(echo "$IMAGE" | cut -d . -f 4)")
`
    : ''
  // Systems Manager gives no home.
  return `export HOME="\${HOME:-/root}"
${login}folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
curl --fail --silent --show-error --output source.tar.gz "$url"
tar --extract --gzip --file=source.tar.gz
rm source.tar.gz
${job.steps.map(inOneShell).join('\n')}${job.outputs.length === 0 ? '' : '\ncat outputs.env'}`
}

function outputLines({ outputs }: Job): string {
  if (outputs.length === 0) return ''
  return `\ngrep -oE '(${outputs.join('|')})=[A-Za-z0-9@:./_-]+' /tmp/answer.txt > outputs.env`
}
