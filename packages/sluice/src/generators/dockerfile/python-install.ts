import type { PythonFacts, PythonManager } from '../../detect/facts.ts'
import { tools } from './base-images.ts'
import { copyLine, insidePath, shellWord } from './text.ts'

/** How an app's dependencies come into `/venv`. */
export interface PythonInstall {
  /** Copied before the install. */
  manifests: string[]
  /** Before the source is there. */
  lines: string[]
  /** Once the source is there. */
  afterSource: string[]
}

const pipCache = 'RUN --mount=type=cache,target=/root/.cache/pip'
const venv = 'RUN ["python", "-m", "venv", "/venv"]'
const active = 'ENV VIRTUAL_ENV=/venv PATH=/venv/bin:$PATH'

const installs: { [K in PythonManager]: (app: PythonFacts) => PythonInstall } = {
  pip({ requirements, dependencies }) {
    if (requirements === null) {
      const own = dependencies.length === 0 ? [] : [`${pipCache} /venv/bin/pip install .`]
      return { manifests: [], lines: [venv], afterSource: own }
    }
    const path = insidePath(requirements)
    const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : null
    return {
      manifests: [path],
      lines: [
        venv,
        // Files of requirements name one another.
        folder === null ? copyLine([path], './') : copyLine([folder], `./${folder}/`),
        `${pipCache} /venv/bin/pip install --requirement ${shellWord(path)}`,
      ],
      afterSource: [],
    }
  },
  uv({ workspacePackage }) {
    const cached = 'RUN --mount=type=cache,target=/root/.cache/uv'
    const before = {
      manifests: ['pyproject.toml', 'uv.lock'],
      lines: [
        tool('uv'),
        'ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_DEV=1 UV_PYTHON_DOWNLOADS=0 UV_PROJECT_ENVIRONMENT=/venv',
        'COPY pyproject.toml uv.lock ./',
      ],
    }
    if (workspacePackage === null)
      return {
        ...before,
        lines: [...before.lines, `${cached} uv sync --locked --no-install-project`],
        afterSource: [`${cached} uv sync --locked`],
      }
    const name = shellWord(workspacePackage)
    return {
      ...before,
      lines: [
        ...before.lines,
        '# What others wrote, by the lockfile alone: whether that is up to date shows once the members are here.',
        `${cached} uv sync --frozen --no-install-workspace --package ${name}`,
      ],
      // Copied into the environment, which is all that is taken of the members beside the app.
      afterSource: [`${cached} uv sync --locked --no-editable --package ${name}`],
    }
  },
  poetry: () => ({
    manifests: ['pyproject.toml', 'poetry.lock'],
    lines: [
      tool('poetry'),
      ...[venv, active],
      'COPY pyproject.toml poetry.lock ./',
      'RUN --mount=type=cache,target=/root/.cache/pypoetry poetry install --only=main --no-root --no-interaction',
    ],
    afterSource: [],
  }),
  pipenv: () => ({
    manifests: ['Pipfile', 'Pipfile.lock'],
    lines: [
      tool('pipenv'),
      ...[venv, active],
      'COPY Pipfile Pipfile.lock ./',
      'RUN --mount=type=cache,target=/root/.cache/pipenv pipenv install --deploy',
    ],
    afterSource: [],
  }),
  pdm: () => ({
    manifests: ['pyproject.toml', 'pdm.lock'],
    lines: [
      tool('pdm'),
      ...[venv, active],
      'COPY pyproject.toml pdm.lock ./',
      'RUN --mount=type=cache,target=/root/.cache/pdm pdm install --check --prod --no-self',
    ],
    afterSource: [],
  }),
}

export function pythonInstall(app: PythonFacts): PythonInstall {
  return installs[app.manager.value](app)
}

/** What a person should know of it. */
export const serverAdded = `No server is among the dependencies: gunicorn ${tools.gunicorn} is installed beside them. Add it to them.`

/** A server that the app lacks, beside its dependencies. */
export function addServer({ manager }: PythonFacts): string {
  // The other managers make an environment without a pip of its own.
  const pip = manager.value === 'pip' ? '/venv/bin/pip' : 'python -m pip --python /venv/bin/python'
  return `${pipCache} ${pip} install gunicorn==${tools.gunicorn}`
}

function tool(name: 'uv' | 'poetry' | 'pipenv' | 'pdm'): string {
  return `${pipCache} pip install ${name}==${tools[name]}`
}
