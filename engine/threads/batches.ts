/**
 * Gathers what is given within one turn of the event loop and sends it as one piece, in the order in which it was given: a message
 * between threads costs more than what is in it.
 */
export function inBatches<Item>(send: (items: readonly Item[]) => void): (item: Item) => void {
  let gathered: Item[] = [];

  function sendGathered(): void {
    const items = gathered;
    gathered = [];
    send(items);
  }

  return (item) => {
    if (gathered.length === 0) setImmediate(sendGathered);
    gathered.push(item);
  };
}
