import type { CheckGroup } from "../../context/check.ts";
import { CHALLENGE_CHECKS } from "./challenge.ts";
import { METADATA_URL_CHECKS } from "./metadata_url.ts";
import { METHOD_CHECKS } from "./methods.ts";

export const CHALLENGE_GROUP: CheckGroup = {
  id: "challenge",
  title: "Challenge and methods",
  requires: ["challenge_status"],
  checks: [...CHALLENGE_CHECKS, ...METADATA_URL_CHECKS, ...METHOD_CHECKS],
};
