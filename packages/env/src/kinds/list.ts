import { definitionError } from '../env-error.ts'
import { type Exactly, isVariable, type Options, type Variable, variable } from '../variable.ts'
import { type Kind, type Reading, unfit } from './kind.ts'
import { text } from './text.ts'

export interface ListOptions extends Options<readonly unknown[]> {
  /** What stands between two items; a comma where it is not said. Spaces around an item are not part of it. */
  separator?: string
  /** The kind of an item, such as `integer({ min: 1 })`; text where it is not said. */
  of?: Variable<unknown, object>
}

/** Items on one line, `a, b, c`; none of them is empty. Read as a frozen array. */
export function list<const O extends ListOptions = Record<never, never>>(
  options?: Exactly<O, ListOptions>,
): Variable<readonly ItemOf<O>[], O> {
  return variable((given: ListOptions) => kind<ItemOf<O>>(given), options, ['separator', 'of'])
}

type ItemOf<O> = O extends { readonly of: Variable<infer Item, object> } ? Item : string

function kind<Item>({ separator = ',', of = text() }: ListOptions): Kind<readonly Item[]> {
  if (typeof separator !== 'string' || separator === '') throw definitionError('separator is text')
  if (!isVariable(of)) throw definitionError('of is a kind such as integer()')
  const stray = Object.keys(of.options).find((option) => !of.ownOptions.includes(option))
  if (stray !== undefined) throw definitionError(`${stray} belongs to the list and not to its items`)

  const item = of.kind() as Kind<Item>
  const wanted = `a list with ${JSON.stringify(separator)} between its items, each ${item.wanted}`
  return {
    wanted,
    read: (line) => {
      // Only a default is empty here: an empty variable counts as not set.
      if (line === '') return { value: Object.freeze([]) }
      const readings = line.split(separator).map((part) => readItem(item, part.trim()))
      return readings.some((reading) => reading instanceof Promise)
        ? Promise.all(readings).then((all) => gather(all, wanted))
        : gather(readings as Reading<Item>[], wanted)
    },
    write: (value) => {
      const texts = Array.isArray(value) ? value.map(item.write) : [null]
      const isWritten = texts.every(
        (each) => each !== null && each.trim() !== '' && !each.includes(separator),
      )
      return isWritten ? texts.join(separator) : null
    },
    keywords: { type: 'string' },
  }
}

function readItem<Item>(item: Kind<Item>, part: string): Reading<Item> | Promise<Reading<Item>> {
  return part === '' ? unfit : item.read(part)
}

function gather<Item>(readings: Reading<Item>[], wanted: string): Reading<readonly Item[]> {
  const values: Item[] = []
  for (const [index, reading] of readings.entries()) {
    if (!('value' in reading)) return { ...reading, wanted: `${wanted}; item ${index + 1} is not` }
    values.push(reading.value)
  }
  return { value: Object.freeze(values) }
}
