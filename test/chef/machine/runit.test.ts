import { parseRunit } from "../../../provider/chef/machine/runit";
import { fixture } from "../../fixtures/read";

test("each service's age, and whether it is up", () => {
  expect(parseRunit(fixture("status-simple.txt"))).toEqual({
    services: [
      { service: "elasticsearch", up: true, seconds: 107981 },
      { service: "etcd", up: true, seconds: 106981 },
      { service: "leaderl", up: false, seconds: 12 },
      { service: "postgresql", up: false, seconds: 3 },
    ],
    unwatched: [],
  });
});

test.each([
  ["run: etcd: (pid 7) 9s, paused; run: log: (pid 6) 9s", false],
  ["run: etcd: (pid 7) 9s, want down, got TERM; run: log: (pid 6) 9s", false],
  ["run: etcd: (pid 7) 9s, normally down; run: log: (pid 6) 9s, want down", true],
  ["finish: etcd: (pid 7) 9s, want up; run: log: (pid 6) 9s", false],
  ["down: etcd: 9s, normally up, want up; run: log: (pid 6) 9s", false],
])("%s", (line, up) => {
  expect(parseRunit(`${line}\n`)).toEqual({ services: [{ service: "etcd", up, seconds: 9 }], unwatched: [] });
});
