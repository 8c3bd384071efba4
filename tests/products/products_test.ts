import { ENTRA_ROWS } from "./entra_rows.ts";
import type { Product } from "./product.ts";
import { runSteps } from "./product_steps.ts";

export const PRODUCTS: readonly Product[] = [...ENTRA_ROWS];

for (const product of PRODUCTS) {
  const { name, setup, source } = product;
  Deno.test(`${name}${setup === undefined ? "" : `, ${setup}`} (${source})`, async () => {
    await runSteps(product);
  });
}
