import type { JobResult } from "../machine/machine";

/** Lines of the end are enough: what a run of the cookbooks has printed before may hold the word in any sense. */
const looked = 60;

const words =
  /Mixlib::ShellOut::CommandTimeout|Command timed out after|Timeout::Error|Errno::ETIMEDOUT|execution expired|^timeout: (?:run|down): /m;

/** Whether a command has ended because something took too long: the vendor's page says to run it again then. */
export function hasTimedOut(job: Pick<JobResult, "state" | "code" | "output">): boolean {
  if (job.state !== "ended" || job.code === 0) return false;
  return words.test(job.output.trimEnd().split("\n").slice(-looked).join("\n"));
}
