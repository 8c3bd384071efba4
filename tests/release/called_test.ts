import assert from "node:assert/strict";
import { CALLED, type Called, isTopLevel } from "../../scripts/build/eager.ts";

Deno.test("the functions that are compiled early exist", async () => {
  const called: Called = JSON.parse(await Deno.readTextFile(CALLED));
  const gone: string[] = [];
  for (const [module, names] of Object.entries(called)) {
    const url = new URL(`../../${module}`, import.meta.url);
    const code = await Deno.readTextFile(url).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return "";
      throw error;
    });
    gone.push(
      ...names.filter((name) => !isTopLevel(name, code)).map((name) => `${module} ${name}`),
    );
  }
  assert.deepEqual(gone, [], "run scripts/build/record_called.ts again");
});
