import { Backend } from "../cluster/backend";
import { PASSTHROUGH, type Program } from "./program";

/**
 * `curl …localhost:9200/chef/_settings…`: which Elasticsearch created the search index (vendor's upgrade page).
 * Any other address is the real program's business.
 */
export const curl: Program = async (run) => {
  const url = run.args.find((word) => /(localhost|127\.0\.0\.1):9200\//.test(word));
  if (!url || !(run.machine instanceof Backend)) return PASSTHROUGH;
  if (!run.backend.running("elasticsearch"))
    return run.fail(7, "curl: (7) Failed to connect to localhost port 9200: Connection refused");
  if (!url.includes("_settings")) return run.fail(22, "curl: (22) The requested URL returned error: 404");
  const created_string = run.sim.indexCreatedBy;
  run.say(JSON.stringify({ chef: { settings: { index: { version: { created_string } } } } }, null, 2));
  return 0;
};
