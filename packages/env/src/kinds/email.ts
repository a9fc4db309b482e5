import { type Exactly, type Options, type Variable, variable } from '../variable.ts'
import { type Kind, unfit, writeText } from './kind.ts'

/** One e-mail address, `name@host.tld`, without a display name. */
export function email<const O extends Options<string> = Record<never, never>>(
  options?: Exactly<O, Options<string>>,
): Variable<string, O> {
  return variable(() => kind, options)
}

const word = "[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
const label = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?'

/** What most validators of the format "email" take, so that the exported schema and the app agree. */
const form = new RegExp(`^${word}(?:\\.${word})*@(?:${label}\\.)+${label}$`, 'i')

const kind: Kind<string> = {
  wanted: 'an e-mail address',
  read: (value) => (form.test(value) ? { value } : unfit),
  write: writeText,
  keywords: { type: 'string', format: 'email' },
}
