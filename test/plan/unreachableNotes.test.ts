import { unreachableNotes } from "../../provider/plan/refusals/anyMachine";

test("one reason of several machines is told once, with all their names", () => {
  const bastion = "bastion 192.0.2.9:22: connection refused";
  const machines = [
    { name: "backend-1", unreachable: `backend-1: ${bastion}` },
    { name: "backend-2", unreachable: "backend-2: no route to the host" },
    { name: "backend-3", unreachable: `backend-3: ${bastion}` },
  ];
  expect(unreachableNotes(machines)).toEqual([
    `backend-1, backend-3 cannot be reached: ${bastion}`,
    "backend-2 cannot be reached: no route to the host",
  ]);
});
