/** The functions of a guarded request, loaded when it begins. Tests replace them. @module */

import { createResolver, type Resolver } from "../../../http/guard/ssrf_guard.ts";

export { guardedUrl, lookUp } from "../../../http/guard/ssrf_guard.ts";
export { PHASES } from "../../../http/guard/guarded_request.ts";
export { sendGuarded } from "../../../http/guard/guarded_send.ts";
export { learnCustomHeaders } from "../../../http/learn_secrets.ts";
export { createRedactor } from "../../../trace/redactor.ts";

export const resolver: Resolver = createResolver();
