/**
 * A login by plain `fetch`; the URL is the last argument.
 *
 * @module
 */

import { print } from "../shell.ts";
import { plainLogin } from "./plain_oauth.ts";

print(JSON.stringify(await plainLogin(Deno.args.at(-1) ?? "")));
