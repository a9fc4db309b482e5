/** What the shop sells. `listPrice` is in hundredths of the currency. */
export const catalogue = new Map(
  [
    { id: 'kettle', name: 'Kettle', listPrice: 2900 },
    { id: 'teapot', name: 'Teapot', listPrice: 3450 },
    { id: 'cup', name: 'Cup', listPrice: 790 },
  ].map((product) => [product.id, product]),
)
