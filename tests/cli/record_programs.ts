/**
 * Preloaded into a command: writes the name of every program that it starts to the file
 * `MCPASS_TEST_STARTED`, a line each.
 *
 * @module
 */

const log = Deno.env.get("MCPASS_TEST_STARTED") ?? "";

Deno.Command = class extends Deno.Command {
  constructor(program: string | URL, options?: Deno.CommandOptions) {
    Deno.writeTextFileSync(log, `${program}\n`, { append: true });
    super(program, options);
  }
};
