import { licenseMarkers } from "../../provider/commands/facts";
import { refusals } from "../../provider/plan/preflight";
import { frontendRules } from "../../provider/plan/refusals/frontends";
import { merged, refusalText } from "../../provider/plan/refusal";
import { viewOf } from "../../provider/plan/view";
import { aFrontends, aSpec, type ClusterBuilder, threeBackends } from "../support/aCluster";
import { said } from "../support/said";

const gib = 1024 * 1024;
const refused = (cluster: ClusterBuilder) => refusals(aSpec(), viewOf(aSpec(), cluster.state()));
const disk = (freeGib: number, mount = "/data") => ({
  dataDisk: { path: "/x", mount, sizeKiB: 100 * gib, availableKiB: freeGib * gib },
});

describe("Elasticsearch's low watermark", () => {
  test("above it: the backend, the figure, the limit and where that is set", () => {
    const low = { low: "80%", from: "the cluster's persistent settings" };
    expect(
      refused(threeBackends().with("backend-2", { ...disk(19), watermark: low })).map(refusalText),
    ).toEqual([
      `Disk is too full for Elasticsearch [watermark]
  where: backend-2, /data
  seen:  19 GiB of 100 GiB would be free after the install, 20 GiB must stay free: Elasticsearch's low disk watermark is 80% used (the cluster's persistent settings); above it a backend gets no replicas back after its restart
  next:  free at least 1 GiB there, or raise \`cluster.routing.allocation.disk.watermark.low\` in Elasticsearch`,
    ]);
  });

  test("what does not even fit is told by the rule on disk space alone", () => {
    const full = {
      ...disk(0.1, "/"),
      disks: [{ path: "/opt", mount: "/", sizeKiB: 100 * gib, availableKiB: 0.1 * gib }],
    };
    expect(refused(threeBackends().with("backend-2", full)).map(({ code }) => code)).toEqual(["disk"]);
  });

  test.each<[string, ClusterBuilder]>([
    ["just below it", threeBackends().with("backend-2", disk(15.1))],
    [
      "Elasticsearch does not look at its disks",
      threeBackends().with("backend-2", { ...disk(1), watermark: "off" }),
    ],
    ["Elasticsearch did not answer", threeBackends().with("backend-2", { ...disk(1), watermark: null })],
    ["the disk could not be read", threeBackends().with("backend-2", { dataDisk: null })],
    [
      "a limit that nobody here understands",
      threeBackends().with("backend-2", { ...disk(1), watermark: { low: "lots", from: "transient" } }),
    ],
    ["a backend that is done", threeBackends().upgraded("backend-2").with("backend-2", disk(1))],
    [
      "an unfinished backend comes first",
      threeBackends().installedOnly("backend-2").inside("backend-2").with("backend-3", disk(1)),
    ],
  ])("%s: not refused", (_what, cluster) => expect(refused(cluster)).toEqual([]));

  test("what the install takes of the same file system counts", () => {
    const at = (mount: string) => refused(threeBackends().with("backend-1", disk(15.2, mount))).length;
    expect([at("/data"), at("/")]).toEqual([0, 1]);
  });
});

test("no marker of an accepted license on a backend: what stops there, and both ways to have one", () => {
  const cluster = threeBackends().with("backend-1", { licenses: [] }).with("backend-3", { licenses: [] });
  expect(merged(refused(cluster)).map(refusalText)).toEqual([
    `License is not accepted on a backend [licenseMarker]
  where: backend-1, backend-3
  seen:  no /var/opt/chef-backend/.license.accepted; without it \`chef-backend-ctl upgrade\` asks for a typed \`yes\`, and ends
  next:  read Chef's license; if you accept it, run there: \`touch /var/opt/chef-backend/.license.accepted\``,
  ]);
});

test("runit does not watch over a service: upgrade would wait for ever", () => {
  const line = "warning: etcd: unable to open supervise/ok: file does not exist";
  expect(refused(threeBackends().with("backend-2", { unwatched: [line] })).map(said)).toEqual([
    `backend-2: runit does not run: ${line}`,
  ]);
});

describe("frontends", () => {
  const of = (cluster: ClusterBuilder, acceptLicense: boolean) => {
    const spec = aSpec({ frontends: aFrontends({ acceptLicense }) });
    return frontendRules.flatMap((rule) => rule(spec, viewOf(spec, cluster.state())));
  };
  const none = { licenses: [] };

  test("13 and later reconfigure only with the license accepted: by a marker, or by the input", () => {
    const cluster = threeBackends().frontend("frontend-1", none).frontend("frontend-2");
    expect(of(cluster, false).map(said)).toEqual([
      "frontend-1: License is not accepted: no /etc/chef/accepted_licenses/chef_infra_server, /etc/chef/accepted_licenses/chef_infra_client, /etc/chef/accepted_licenses/inspec; chef-server-core 15.9.38-1 does not reconfigure without",
    ]);
    expect(of(cluster, true)).toEqual([]);
    // One of the three is enough for it to ask for all.
    const [server, client] = licenseMarkers.frontend;
    expect(of(threeBackends().frontend("frontend-1", { licenses: [server!, client!] }), false)).toMatchObject(
      [{ code: "license", seen: expect.stringMatching(/^no \S+\/inspec; /) as string }],
    );
  });

  test("their runit, too", () => {
    const dead = { unwatched: ["warning: nginx: unable to open supervise/ok: file does not exist"] };
    expect(of(threeBackends().frontend("frontend-1", dead), true).map(({ code }) => code)).toEqual(["runit"]);
  });
});
