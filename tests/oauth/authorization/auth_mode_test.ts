import { deepEqual, equal } from "node:assert/strict";
import {
  AUTH_MODES,
  isAuthMode,
  repeatsGrant,
} from "../../../src/oauth/authorization/auth_mode.ts";
import { INHERITED_NAMES } from "../support.ts";

const CODE = ["authorization_code", "refresh_token"];
const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** The grant types of each mode, and whether its own grant renews a token. */
const MODES: Readonly<Record<string, readonly [grantTypes: readonly string[], repeats: boolean]>> =
  {
    interactive: [CODE, false],
    headless: [CODE, false],
    device: [["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"], false],
    client_credentials: [["client_credentials"], true],
    jwt_bearer: [[JWT_BEARER], true],
    enterprise: [[JWT_BEARER], true],
  };

Deno.test("every mode has its grant types, and a machine's repeats its grant", () => {
  deepEqual(Object.keys(AUTH_MODES), Object.keys(MODES));
  for (const [mode, [grantTypes, repeats]] of Object.entries(MODES)) {
    if (!isAuthMode(mode)) throw new Error(mode);
    deepEqual(AUTH_MODES[mode].grantTypes, grantTypes, mode);
    equal(repeatsGrant(mode), repeats, mode);
  }
});

Deno.test("no other name is a mode", () => {
  for (const name of ["", "Device", "code", ...INHERITED_NAMES]) {
    deepEqual([isAuthMode(name), repeatsGrant(name)], [false, false], name);
  }
});
