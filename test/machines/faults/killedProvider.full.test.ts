/** kill -9 of the provider's process, while the engine lives. */
import { describeKills } from "./killed";

describeKills(["provider"], 2);
