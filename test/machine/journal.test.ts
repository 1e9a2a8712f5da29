import { parseJournal } from "../../provider/machine/journal";

test("what a record holds escaped is made plain as well: it is shown in errors", () => {
  const text = String.raw`{"seq":1,"run":"r","inside":"\u001b]0;owned\u0007backend-2","begun":["a\u202eb/install"]}`;
  expect(parseJournal(text)).toMatchObject({ inside: "backend-2", begun: ["ab/install"] });
});

test.each(["", "null", "[]", "7", '{"seq":"1","run":"r"}', "{"])("no record: %j", (text) => {
  expect(parseJournal(text)).toBeNull();
});
