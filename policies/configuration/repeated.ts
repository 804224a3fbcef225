/** The items whose key an earlier one already has. */
export function repeated<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): readonly { readonly index: number; readonly key: string; readonly item: Item }[] {
  const keys = items.map(keyOf);
  return items
    .map((item, index) => ({ index, key: keys[index] ?? '', item }))
    .filter(({ index, key }) => keys.indexOf(key) < index);
}
