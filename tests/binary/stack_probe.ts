/**
 * Runs the product's own files, in the folder `STACK_PROBE_BUNDLE`, with a runtime function that is
 * broken on purpose. Compiled as the product is, its stacks are those of the product.
 *
 * @module
 */

import vm from "node:vm";

const bundle = Deno.env.get("STACK_PROBE_BUNDLE") ?? "";
SubtleCrypto.prototype.digest = () => {
  throw new TypeError("broken on purpose");
};
const loader = Deno.readTextFileSync(`${bundle}/main.js`)
  .replace('import vm from "node:vm";', "")
  .replace("import.meta.dirname", JSON.stringify(bundle))
  .replace("import(file)", "Promise.resolve(process.getBuiltinModule(file))");
new vm.Script(`(function(vm){${loader}\n})`).runInThisContext()(vm);
