import { PROGRESS_FLAG, REQUEST_FLAGS, RESULT_FLAGS } from "../../args/common_flags.ts";
import { choice, path, text, wholeNumber } from "../../args/values.ts";
import {
  flagGroup,
  list,
  type OptionsOf,
  type Parsed,
  problem,
  toggle,
  value,
} from "../../command/flag.ts";
import { AUDIT_FORMATS } from "../../../report/audit/formats.ts";
import { FORMAT_FLAG, reportFile } from "./conformance_flags.ts";

export interface Shard {
  /** From 1. */
  readonly index: number;
  readonly count: number;
}

/** `2/3` */
function shard(text: string): Parsed<Shard> {
  const [, index = 0, count = 0] = /^(\d{1,4})\/(\d{1,4})$/.exec(text)?.map(Number) ?? [];
  return index >= 1 && index <= count
    ? { value: { index, count } }
    : problem("not a shard", "Write its number and the number of shards: --shard 1/3");
}

export const SUITE_FLAGS = {
  ...flagGroup("Suite:", {
    config: value("<path>", "suite file: JSON, JSON with comments, or YAML", path),
    filter: list(
      "<flow>",
      "run only this flow (server/revision/registration); * matches any text (repeatable)",
      text,
    ),
    shard: value("<i/n>", "run only part i of n parts of the flows", shard),
    only: list("<check>", "run only this check; * matches any text (repeatable)", text),
    skip: list("<check>", "skip this check; * matches any text (repeatable)", text),
    concurrency: value(
      "<number>",
      "authorization servers that are audited at the same time (default: 8)",
      wholeNumber("number", 64),
    ),
    allowLiteralSecrets: toggle("accept secrets that are written in the suite file"),
  }),
  ...flagGroup("Result:", {
    list: toggle("list the flows; send no request"),
    baseline: value("<path>", "file with the verdicts that are expected", path),
    updateBaseline: toggle("write the verdicts of this run to the baseline"),
    failFast: toggle("start no further flow after a failure"),
    failOn: value(
      "<severity>",
      "lowest severity that sets exit status 1: warning, error or never (default: error)",
      choice(["warning", "error", "never"] as const),
    ),
    report: list(
      "<format>=<path>",
      "also write a report: json, junit, sarif, github, md, html or badge (repeatable)",
      reportFile(AUDIT_FORMATS),
    ),
  }),
  ...PROGRESS_FLAG,
  ...REQUEST_FLAGS,
  ...RESULT_FLAGS,
  ...FORMAT_FLAG,
};

export type SuiteOptions = OptionsOf<typeof SUITE_FLAGS>;
