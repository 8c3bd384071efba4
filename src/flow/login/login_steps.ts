/**
 * The steps after the first response of the server: loaded while the first request is pending.
 * @module
 */

export { requestUnauthenticated } from "../discovery/unauthenticated_response.ts";
export { discover } from "../discovery/discover.ts";
export { chooseApproach } from "../client/client_registration.ts";
export { establishSession } from "./establish_session.ts";
export { discoveredServer } from "./discovered_server.ts";
