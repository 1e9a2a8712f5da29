import { RefusedError, untouchedText } from "../../provider/execute/errors";
import { merged, type Refusal, refusalLine, refusalText, refuse } from "../../provider/plan/refusal";

const nodes = ["backend-1", "backend-2", "backend-3"];
const busy = (where: string, seen = "process 4711 holds /var/lib/dpkg/lock-frontend"): Refusal =>
  refuse({
    ...{ code: "packageLock", what: "Package manager is busy", where, seen },
    ...{ next: "wait for that process, then run `pulumi up` again", waitable: 300 },
  });
const clock = refuse({
  ...{ code: "clock", what: "Clocks differ too much", where: ["backend-2", "backend-3"] },
  ...{ seen: "4.2 s apart; Chef supports 1.5 s", next: "synchronize them with NTP" },
});

describe("the text of a refusal", () => {
  it("has what and code on a line of their own, then where, seen and next", () => {
    expect(refusalText(clock)).toBe(
      `Clocks differ too much [clock]
  where: backend-2, backend-3
  seen:  4.2 s apart; Chef supports 1.5 s
  next:  synchronize them with NTP`,
    );
  });

  it("aligns what has several lines, and shows a table as it came", () => {
    const table = "Name       Role      PG\nbackend-1  leader    leader\nbackend-2  waiting   offline\n";
    const refusal = refuse({
      ...{ code: "unhealthy", what: "Cluster is not healthy", where: "the cluster", seen: table },
      next: "look at backend-2: `chef-backend-ctl status`\nrun `pulumi up` again",
    });
    expect(refusalText(refusal)).toBe(
      `Cluster is not healthy [unhealthy]
  where: the cluster
  seen:  Name       Role      PG
         backend-1  leader    leader
         backend-2  waiting   offline
  next:  look at backend-2: \`chef-backend-ctl status\`
         run \`pulumi up\` again`,
    );
  });

  it("keeps places apart that have a comma of their own", () => {
    const where = ["backend-1, / (/opt)", "backend-2, / (/opt)"];
    expect(refusalText({ ...clock, where })).toContain(
      "\n  where: backend-1, / (/opt); backend-2, / (/opt)\n",
    );
  });

  it("waits for nothing unless it says so", () => {
    expect(clock.waitable).toBe(0);
    expect(busy("backend-1").waitable).toBe(300);
  });
});

describe("the same reason on several machines", () => {
  it("is one text that names them all", () => {
    const [one, ...more] = merged(nodes.map((name) => busy(name)));
    expect(more).toEqual([]);
    expect(refusalText(one!)).toBe(
      `Package manager is busy [packageLock]
  where: backend-1, backend-2, backend-3
  seen:  process 4711 holds /var/lib/dpkg/lock-frontend
  next:  wait for that process, then run \`pulumi up\` again`,
    );
  });

  it("says of each what was seen where that differs", () => {
    const [one] = merged([busy("backend-1", "process 1 holds a"), busy("backend-3", "process 2 holds b")]);
    expect(one!.where).toEqual(["backend-1", "backend-3"]);
    expect(one!.seen).toBe("backend-1: process 1 holds a\nbackend-3: process 2 holds b");
  });

  it("puts a table under its machine's name, so that its columns stay", () => {
    const [one] = merged([busy("backend-1", "PID  LOCK\n1    a"), busy("backend-2", "none")]);
    expect(one!.seen).toBe("backend-1:\nPID  LOCK\n1    a\nbackend-2: none");
  });

  it("stays apart where code, what or next differ, in the order in which they came", () => {
    const other = { ...busy("backend-2"), next: "ask who upgrades there" };
    const all = [busy("backend-1"), clock, other, busy("backend-3")];
    expect(merged(all).map(({ code, where }) => [code, ...where])).toEqual([
      ["packageLock", "backend-1", "backend-3"],
      ["clock", "backend-2", "backend-3"],
      ["packageLock", "backend-2"],
    ]);
    expect(merged(merged(all))).toEqual(merged(all));
    expect(merged([])).toEqual([]);
  });

  it("names a machine once, and is waited for only where each of them may pass", () => {
    const stuck = { ...busy("backend-1"), waitable: 0 };
    expect(merged([busy("backend-1"), busy("backend-1"), stuck])).toEqual([stuck]);
  });
});

describe("in one line, for a live status", () => {
  it("says what, where and what was seen", () => {
    expect(refusalLine(busy("backend-1", "process 1 holds a\nprocess 2 holds b\n"))).toBe(
      "Package manager is busy (backend-1): process 1 holds a; process 2 holds b",
    );
    expect(refusalLine({ ...clock, where: ["the cluster"] })).toBe(
      "Clocks differ too much: 4.2 s apart; Chef supports 1.5 s",
    );
  });

  it("is cut where too much was seen", () => {
    const line = refusalLine({ ...clock, seen: "word ".repeat(100) });
    expect(line.length).toBeLessThan(220);
    expect(line).toMatch(/word…$/);
  });
});

describe("the error of a run that is refused", () => {
  it("has one reason by itself", () => {
    const error = new RefusedError(nodes.map((name) => busy(name)));
    expect(error.message).toBe(refusalText(merged(nodes.map((name) => busy(name)))[0]!));
    expect(error.refusals).toHaveLength(1);
    expect(untouchedText(error)).toBe(`${error.message}\nNothing was changed.`);
  });

  it("counts several in its first line, which says that nothing was changed where that is so", () => {
    const error = new RefusedError([busy("backend-1"), clock, { ...clock, next: "wait" }]);
    const each = [busy("backend-1"), clock, { ...clock, next: "wait" }].map(refusalText).join("\n");
    expect(error.message).toBe(`3 checks failed: packageLock, clock.\n${each}`);
    expect(untouchedText(error)).toBe(`3 checks failed: packageLock, clock. Nothing was changed.\n${each}`);
  });
});
