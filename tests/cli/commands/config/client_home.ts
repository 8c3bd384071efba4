/** A home with configuration files of clients, and the commands that change them. @module */

import { type Home, openHome } from "../../real_run.ts";
import type { Ran, Setup } from "../../fake_runtime.ts";

export const URL_TEXT = "https://mcp.linear.app/mcp";
export const PROGRAM = "/opt/mcpass/bin/mcpass";

export interface ClientHome extends AsyncDisposable {
  /** The home of the user. */
  readonly path: string;
  readonly home: Home;
  /** `config` with the program that the client starts. */
  config(words: readonly string[], setup?: Setup): Promise<Ran>;
  run(words: readonly string[], setup?: Setup): Promise<Ran>;
  write(path: string, content: string | Uint8Array, mode?: number): Promise<string>;
  read(path: string): Promise<string>;
}

export async function openClientHome(): Promise<ClientHome> {
  const home = await openHome();
  const path = `${await Deno.realPath(home.path)}/user`;
  await Deno.mkdir(`${path}/bin`, { recursive: true });
  const run = (words: readonly string[], setup: Setup = {}) =>
    home.run(words, {
      ...setup,
      env: { HOME: path, PATH: `${path}/bin`, NO_COLOR: "1", ...setup.env },
    });
  return {
    path,
    home,
    run,
    config: (words, setup) => run(["config", ...words, "--command", PROGRAM], setup),
    async write(name, content, mode = 0o600) {
      const file = `${path}/${name}`;
      await Deno.mkdir(file.replace(/\/[^/]*$/, ""), { recursive: true });
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      await Deno.writeFile(file, bytes);
      await Deno.chmod(file, mode);
      return file;
    },
    read: (name) => Deno.readTextFile(`${path}/${name}`),
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}
