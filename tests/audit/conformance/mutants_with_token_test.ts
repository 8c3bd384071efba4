import { GROUP_IDS } from "../../../src/audit/context/verdict.ts";
import { testMutants, WITHOUT_TOKEN } from "./mutant_tests.ts";

testMutants(GROUP_IDS.filter((id) => !WITHOUT_TOKEN.includes(id)));
