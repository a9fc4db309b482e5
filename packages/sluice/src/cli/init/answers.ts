import type { AppFacts, Project, Question } from '../../detect/facts.ts'
import { SluiceError } from '../../errors.ts'
import { servedFolder } from '../../generators/static-server.ts'
import type { Asker } from '../io.ts'

/**
 * Asks what the files leave open, or takes the first choice where nobody is to be asked.
 * @returns null when the person does not want to go on.
 * @throws USAGE where a question has no answer that may be taken unasked.
 */
export async function answered(project: Project, asker: Asker | null): Promise<Project | null> {
  if (asker === null) refuseUnanswerable(project.questions)
  let apps = project.apps
  for (const question of project.questions) {
    const value = asker === null ? question.choices[0]!.value : await ask(question, asker)
    if (value === null) return null
    apps =
      question.about === 'stack'
        ? apps.filter(({ folder, stack }) => folder !== question.folder || stack === value)
        : apps.map((app) => (app.folder === question.folder ? withAnswer(app, question, value) : app))
  }
  for (const app of apps) {
    if (!isStartless(app)) continue
    const words =
      asker === null
        ? refuseStartless(app)
        : await asker.text(`What starts ${app.name}?`, examples[app.stack])
    if (words === null) return null
    apps = apps.map((one) =>
      one === app ? withAnswer(app, { about: 'start', choices: [] }, words || examples[app.stack]) : one,
    )
  }
  return { ...project, apps }
}

const examples = { node: 'node server.js', go: './app', python: 'gunicorn app:app', static: '' }

// A server of Python is found by what it serves; files are served by a program that is made for them.
function isStartless(app: AppFacts): boolean {
  if (app.start !== null || app.stack === 'static' || app.stack === 'go') return false
  if (app.stack === 'python') return app.wsgi === null && (app.asgi === null || app.server === null)
  return servedFolder(app) === null
}

function refuseStartless({ name, folder, because }: AppFacts): never {
  throw new SluiceError(
    'USAGE',
    `nothing says what starts ${name} (${folder === '.' ? because.file : folder})`,
    {
      todo: 'Add a start script to package.json (for Python: a Procfile with web: …), or run sluice init on a terminal and say it there.',
    },
  )
}

function ask({ message, choices }: Question, asker: Asker): Promise<string | null> {
  return asker.choose(
    message,
    choices.map(({ value, because }) => ({ value, hint: `${because.says} (${because.file})` })),
  )
}

function refuseUnanswerable(questions: Question[]): void {
  const open = questions.filter(({ whyNoDefault }) => whyNoDefault !== null)
  if (open.length === 0) return
  throw new SluiceError(
    'USAGE',
    open.length === 1
      ? 'one thing has to be decided by a person'
      : `${open.length} things have to be decided by a person`,
    {
      details: open.flatMap(({ message, whyNoDefault, choices }) => [
        `${message} ${whyNoDefault}`,
        ...choices.map(({ value, because }) => `  ${value}: ${because.says} (${because.file})`),
      ]),
      todo: 'Decide it in the files, or run sluice init on a terminal without --yes and answer there.',
    },
  )
}

function withAnswer(
  app: AppFacts,
  { about, choices }: Pick<Question, 'about' | 'choices'>,
  value: string,
): AppFacts {
  const chosen = choices.find((choice) => choice.value === value)
  const from = chosen?.because ?? { file: '', says: 'you said so' }
  const concluded = { value, from }
  switch (about) {
    case 'packageManager':
      return { ...app, packageManager: concluded } as AppFacts
    case 'manager':
      return { ...app, manager: concluded } as AppFacts
    case 'package':
      return { ...app, package: concluded } as AppFacts
    case 'start':
      return { ...app, start: { value: value.split(' ').filter((word) => word !== ''), from } }
    default:
      return app
  }
}
