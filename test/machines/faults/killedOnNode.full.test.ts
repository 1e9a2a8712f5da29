/** kill -9 on the nodes: of the sshd processes that serve us, and of our jobs. */
import { describeKills } from "./killed";

describeKills(["session", "job"]);
