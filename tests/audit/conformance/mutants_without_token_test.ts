import { testMutants, WITHOUT_TOKEN } from "./mutant_tests.ts";

testMutants(WITHOUT_TOKEN);
