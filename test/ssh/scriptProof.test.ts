import { ScriptProof } from "../../provider/ssh/scriptProof";

function feed(chunks: readonly (string | Buffer)[], login: string | null = "login-1") {
  const passed: string[] = [];
  let reached = 0;
  const proof = new ScriptProof(
    { login: login ?? undefined, marker: "root-2" },
    (chunk) => passed.push(chunk.toString()),
    () => (reached += 1),
  );
  for (const chunk of chunks) proof.add(Buffer.from(chunk));
  const { begun, ended } = proof;
  return { passed: passed.join(""), reached, begun, ended, held: proof.held().toString() };
}

test("only what the script printed passes, however the stream is cut", () => {
  const text = "noise\nlogin-1\nlecture\nroot-2\nfirst root-\nroot-2 \nlast root-2 17\nlater";
  const expected = {
    passed: "first root-\nroot-2 \nlastlater",
    reached: 1,
    begun: true,
    ended: 17,
    held: "",
  };
  for (let cut = 0; cut <= text.length; cut++)
    expect(feed([text.slice(0, cut), text.slice(cut)])).toEqual(expected);
  expect(feed([...text])).toEqual(expected);
});

test("without the marks everything is held back", () => {
  expect(feed(["sudo: ", "no root-2", "\n"])).toMatchObject({ reached: 0, held: "sudo: no root-2\n" });
  expect(feed(["noise\nlogin-1\nsudo: no\n"])).toMatchObject({ reached: 1, held: "sudo: no\n" });
  expect(feed(["root-2\n"])).toMatchObject({ begun: false });
});

test("a script that did not end: its last bytes are still held back", () => {
  expect(feed(["root-2\nout root-2 3"], null)).toMatchObject({
    passed: "out",
    ended: undefined,
    held: " root-2 3",
  });
  expect(feed(["root-2\nout roo"], null)).toMatchObject({ passed: "out", held: " roo" });
});

test("of megabytes before the script the last ones are kept", () => {
  const { held } = feed(
    Array.from({ length: 200 }, () => Buffer.alloc(32_768, "x")).concat(Buffer.from("why")),
  );
  expect(held).toMatch(/^x{60000,}why$/);
});
