import { parseBackendConfig } from "../../provider/chef/cluster/backendConfig";
import { placesOf } from "../../provider/chef/cluster/places";
import { leaseAge, viewAge } from "../../provider/cluster/viewAge";
import { threeBackends } from "../support/aCluster";

const nodes = (text: string, version = "2.1.0") =>
  threeBackends()
    .at(version)
    .with("backend-2", { config: parseBackendConfig(text) })
    .state().nodes;

const internal = "leaderl.status_internal_update_interval_seconds";
const post = "leaderl.status_post_update_interval_seconds";

test.each([
  ["as documented", "", 0, 15],
  ["the slowest backend's own sum", `${internal} 20\n${post} = 40`, 0, 60],
  ["one of the two", `leaderl['status_post_update_interval_seconds'] = 30`, 0, 35],
  ["faster than the others", `${internal} 1\n${post} 1`, 0, 15],
  ["the input makes it longer", "", 60, 60],
  ["the input never makes it shorter", `${post} 40`, 2, 45],
  ["what cannot be told counts as documented beside the input", `${post} ENV['X']`, 20, 20],
])("how old a view can be: %s", (_what, text, atLeast, seconds) => {
  expect(viewAge(nodes(text), atLeast)).toBe(seconds);
});

test.each([
  ["since 1.2.5", "", "2.1.0", 30],
  ["before", "", "1.1.2", 10],
  ["as it is set", "leaderl.leader_ttl_seconds 90", "2.1.0", 90],
  ["the longest of the documented ones where it cannot be told", "leaderl.leader_ttl_seconds x", "1.1.2", 30],
])("the lease: %s", (_what, text, version, seconds) => {
  expect(leaseAge(nodes(text, version))).toBe(seconds);
});

test("where its services answer", () => {
  const text = `elasticsearch.port 9201
etcd['client_port'] = 2479
leaderl.http_port = 7332
leaderl.http_address '2001:db8::7'
elasticsearch.data_dir '/data/es/'
leaderl.health_check.disk_paths ['/data']`;
  expect(placesOf(parseBackendConfig(text))).toEqual({
    search: "http://localhost:9201/",
    etcd: "http://localhost:2479/",
    leaderl: "http://[2001:db8::7]:7332/",
    searchData: "/data/es",
    diskPaths: ["/data"],
  });
  expect(placesOf(parseBackendConfig("eval x"))).toEqual({
    search: "http://localhost:9200/",
    etcd: "http://localhost:2379/",
    leaderl: "http://localhost:7331/",
    searchData: "/var/opt/chef-backend/elasticsearch/data",
    diskPaths: ["/var/log/chef-backend", "/var/opt/chef-backend"],
  });
});
