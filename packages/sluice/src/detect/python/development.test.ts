import { expect, it } from 'vitest'
import { onlyApp } from '../folder.fixture.ts'

const flask = { 'app.py': 'from flask import Flask\napp = Flask(__name__)\n' }
const developmentWith = async (files: Record<string, string>) =>
  (await onlyApp('python', { ...flask, ...files })).development

it.each([
  ['requirements-dev.txt', 'requirements-dev.txt'],
  ['requirements/test.txt', 'requirements/test.txt'],
  ['dev-requirements.txt', 'dev-requirements.txt'],
])('reads what pip is given for development in %s', async (name, requirements) => {
  const files = {
    'requirements.txt': 'flask\n',
    [name]: '-r requirements.txt\npytest>=8\nRuff==0.9 # lint\n',
  }
  expect(await developmentWith(files)).toEqual({ dependencies: ['pytest', 'ruff'], requirements })
})

it.each([
  [
    'groups',
    '[project]\nname = "shop"\ndependencies = ["flask"]\n[dependency-groups]\ndev = ["ruff", "pytest-cov>=6"]\n',
  ],
  [
    'Poetry',
    '[tool.poetry]\nname = "shop"\n[tool.poetry.dependencies]\nflask = "*"\n[tool.poetry.group.test.dependencies]\nruff = "*"\npytest-cov = "*"\n',
  ],
  [
    'uv',
    '[project]\nname = "shop"\ndependencies = ["flask"]\n[tool.uv]\ndev-dependencies = ["ruff", "pytest-cov"]\n',
  ],
  [
    'pdm',
    '[project]\nname = "shop"\ndependencies = ["flask"]\n[tool.pdm.dev-dependencies]\nlint = ["ruff"]\ntest = ["pytest-cov"]\n',
  ],
])('reads what is for development in pyproject.toml: %s', async (_, text) => {
  expect((await developmentWith({ 'pyproject.toml': text })).dependencies).toEqual(['pytest-cov', 'ruff'])
})

it('reads what is for development in a Pipfile', async () => {
  const files = {
    Pipfile: '[packages]\nflask = "*"\n[dev-packages]\npytest = "*"\n',
    'requirements-dev.txt': 'old\n',
  }
  expect(await developmentWith(files)).toEqual({ dependencies: ['pytest'], requirements: null })
})

it('leaves out a group that is only installed on request', async () => {
  const text =
    '[tool.poetry]\nname = "shop"\n[tool.poetry.group.docs]\noptional = true\n[tool.poetry.group.docs.dependencies]\nsphinx = "*"\n'
  expect((await developmentWith({ 'pyproject.toml': text })).dependencies).toEqual([])
})
