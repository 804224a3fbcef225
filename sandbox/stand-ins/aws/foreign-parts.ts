import { hasCode, missingEntity } from './service-error.ts';

/** What was added to a user or role by hand, and has to go before it can: asked for and removed one by one. */

/** The sandbox answers InvalidAction for a kind of thing that it does not have; there is then none of that kind. */
const nothingThere = [...missingEntity, 'InvalidAction'];

/** The items of a list; none where there is no such thing. */
export async function listed<Item>(list: () => Promise<Item[] | undefined>): Promise<Item[]> {
  try {
    return (await list()) ?? [];
  } catch (error) {
    if (hasCode(error, ...nothingThere)) return [];
    throw error;
  }
}

/** Removes one; it is no error when it is gone already. */
export async function gone(remove: () => Promise<unknown>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (!hasCode(error, ...nothingThere)) throw error;
  }
}
