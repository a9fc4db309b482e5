import { SluiceError } from '../../errors.ts'

/**
 * The id of what is made here, or of what was made by the same call before, whose answer was lost: ids of instances are
 * never used twice, so a name that is taken by something of ours is that. Throws NAME_TAKEN where it is not ours.
 */
export async function createdOrFound(
  create: () => Promise<string>,
  findOwn: () => Promise<string | null>,
): Promise<string> {
  try {
    return await create()
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== 'NAME_TAKEN') throw error
    const own = await findOwn()
    if (own === null) throw error
    return own
  }
}
