import { REAL_SERVERS } from "./servers.ts";
import { testServers } from "./test_servers.ts";

testServers(REAL_SERVERS);
