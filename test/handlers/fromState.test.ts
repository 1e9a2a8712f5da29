import { fromState } from "../../provider/handlers/fromState";

const machine = (name: string, unreachable: string | null) => ({ name, unreachable });

test("whether nobody answered, or who did not", () => {
  expect(fromState("cluster", [machine("backend-1", "no route"), machine("backend-2", "no route")])).toBe(
    "Cluster unreachable: this preview comes from the Pulumi state, not from the live cluster",
  );
  expect(fromState("system", [machine("backend-1", null), machine("backend-2", "no route")])).toBe(
    "Machines unreachable: this preview comes from the Pulumi state, not from the live system; backend-2 did not answer, backend-1 did",
  );
});
