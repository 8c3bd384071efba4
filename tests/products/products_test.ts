import { runSteps } from "./product_steps.ts";
import { PRODUCTS } from "./products.ts";

for (const product of PRODUCTS) {
  const { name, setup, source } = product;
  Deno.test(`${name}${setup === undefined ? "" : `, ${setup}`} (${source})`, async () => {
    await runSteps(product);
  });
}
