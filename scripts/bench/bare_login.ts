/**
 * A login by plain `fetch`; the URL is the last argument.
 *
 * @module
 */

import { plainLogin, printLine } from "./plain_oauth.ts";

printLine(JSON.stringify(await plainLogin(Deno.args.at(-1) ?? "")));
