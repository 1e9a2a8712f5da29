import { JobVoice } from "../../provider/execute/jobVoice";

function voice(...said: string[]): JobVoice {
  const it = new JobVoice(0);
  for (const text of said) it.hear(text, 10);
  return it;
}

/** As programs are known to ask: Chef's license (license-acceptance), dpkg's conffile prompt, sudo, apt, rpm's gpg. */
describe("a job that asks", () => {
  test.each([
    "Do you accept the 1 product license (yes/no)?\n\n> ",
    "Do you agree to the license? Type 'yes' to accept, 'no' to decline\n[yes/no]\n",
    "*** chef-backend.rb (Y/I/N/O/D/Z) [default=N] ? ",
    "[sudo] password for admin: ",
    "Do you want to continue? [Y/n] ",
    "Is this ok [y/N]: ",
  ])("%j", (text) => {
    expect(voice(text).asks).toBe(true);
    expect(voice(text).text(100)).toMatch(/^it seems to wait for an answer to "/);
  });

  test.each([
    "Restarting: etcd, leaderl\n",
    "Waiting for this node to rejoin the cluster...\n",
    "Progress: 45%",
    "",
  ])("not %j", (text) => expect(voice(text).asks).toBe(false));

  test("a question in pieces; and one that was answered is none any more", () => {
    expect(voice("Is this o", "k [y/", "N]: ").asks).toBe(true);
    expect(voice("Is this ok [y/N]: ", "y\n", "Installing\n").asks).toBe(false);
  });
});

describe("what a job has said last", () => {
  test.each<[string[], number, string]>([
    [[], 5, "it has printed nothing yet"],
    [["one\ntwo\n"], 15, 'it last printed "two"'],
    [["one\ntwo\n\n  \n"], 15, 'it last printed "two"'],
    [["one\ntw", "o three\n"], 15, 'it last printed "two three"'],
    [["one\n"], 80, 'silent since "one"'],
  ])("%j after %d s: %s", (said, now, text) => expect(voice(...said).text(now)).toBe(text));
});
