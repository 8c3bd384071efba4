/**
 * The steps of a login that follow discovery: loaded while its answers are on their way.
 *
 * @module
 */

export { establishSession, usableServer } from "./session.ts";
export { sightOf } from "./sight.ts";
