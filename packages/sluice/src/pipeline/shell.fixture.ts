import { spawnSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Runs a script as a CI system does, in a folder where these programs are found first. */
export function runScript(
  folder: string,
  script: string,
  programs: Record<string, string>,
  env: Record<string, string> = {},
) {
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  const { status, stdout, stderr } = spawnSync('sh', ['-e', '-c', script], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: `${folder}:${process.env.PATH}`, SLUICE_VERSION: '0.1.0', ...env },
  })
  return { status, stdout, stderr }
}

/** A Docker that writes down what it is called with, and for a build what buildx says of it. */
export function fakeDocker(metadata: object): string {
  return `echo "$*" >> calls.txt
if [ "$1" = login ]; then cat > password.txt; fi
while [ $# -gt 0 ]; do
  if [ "$1" = --metadata-file ]; then echo '${JSON.stringify(metadata, null, 2)}' > "$2"; fi
  shift
done`
}
