import { posix } from 'node:path'
import type { PythonFacts, PythonManager } from '../detect/facts.ts'
import { pins } from './pins.ts'
import type { Cache, Step } from './pipeline.ts'
import { shellWord } from './shell-word.ts'

interface PythonTools {
  /** Null: pip, which comes with Python. */
  pin: keyof typeof pins | null
  /** Makes `.venv` as the lockfile says, with what is for development. */
  install: string
  cache: Omit<Cache, 'keyFiles'>
  keyFile: string
}

const managers: { [K in PythonManager]: PythonTools } = {
  pip: {
    pin: null,
    install: 'python3 -m venv .venv',
    cache: { variable: 'PIP_CACHE_DIR', folder: '.cache/pip' },
    keyFile: 'requirements.txt',
  },
  uv: {
    pin: 'uv',
    install: 'uv sync --locked',
    cache: { variable: 'UV_CACHE_DIR', folder: '.cache/uv' },
    keyFile: 'uv.lock',
  },
  poetry: {
    pin: 'poetry',
    install: 'POETRY_VIRTUALENVS_IN_PROJECT=true poetry sync --no-interaction',
    cache: { variable: 'POETRY_CACHE_DIR', folder: '.cache/pypoetry' },
    keyFile: 'poetry.lock',
  },
  pipenv: {
    pin: 'pipenv',
    install: 'PIPENV_VENV_IN_PROJECT=1 pipenv sync --dev',
    cache: { variable: 'PIPENV_CACHE_DIR', folder: '.cache/pipenv' },
    keyFile: 'Pipfile.lock',
  },
  pdm: {
    pin: 'pdm',
    install: 'pdm sync',
    cache: { variable: 'PDM_CACHE_DIR', folder: '.cache/pdm' },
    keyFile: 'pdm.lock',
  },
}

/** Makes `.venv` in the app's folder. */
export function installSteps({
  manager,
  requirements,
  development,
  systemPackages,
  folder,
  workspacePackage,
}: PythonFacts): Step[] {
  const { pin, install } = managers[manager.value]
  // Of a member uv would make it where the workspace begins.
  const here = workspacePackage === null ? '' : 'UV_PROJECT_ENVIRONMENT="$PWD/.venv" '
  const named = systemPackages.build.filter((name) => /^[a-z0-9][a-z0-9+.-]*$/.test(name))
  const files = manager.value === 'pip' ? [requirements, development.requirements] : []
  const more = files
    .filter((file) => file !== null)
    .map((file) => `\n.venv/bin/pip install --requirement ${shellWord(file)}`)
    .join('')
  return [
    ...(named.length === 0
      ? []
      : [
          {
            name: 'Install what it is built with',
            folder,
            script: `sudo=$(command -v sudo || true)\n$sudo apt-get update\n$sudo apt-get install --yes --no-install-recommends ${named.join(' ')}`,
          },
        ]),
    ...(pin === null
      ? []
      : [
          {
            name: 'Get the package manager',
            folder,
            script: `python3 -m pip install ${pin}==${pins[pin]}`,
          },
        ]),
    { name: 'Install', folder, script: `${here}${install}${more}` },
  ]
}

/** What it has downloaded, as long as the lockfile stays the same. */
export function cacheOf({ manager, requirements, folder, lockfiles }: PythonFacts): Cache[] {
  const { cache, keyFile } = managers[manager.value]
  const file =
    manager.value === 'pip' ? requirements : (lockfiles.find((one) => one.endsWith(keyFile)) ?? null)
  return file === null ? [] : [{ ...cache, keyFiles: [posix.join(folder, file)] }]
}
