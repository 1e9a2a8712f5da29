import { MarkerFilter } from "../../provider/ssh/markerFilter";

const feed = (chunks: string[]) => {
  const passed: string[] = [];
  const filter = new MarkerFilter("root-abc", (chunk) => passed.push(chunk.toString()));
  for (const chunk of chunks) filter.add(Buffer.from(chunk));
  return { passed: passed.join(""), seen: filter.seen, held: filter.head() };
};

test("what follows the marker's line passes, however the stream is cut", () => {
  const text = "\nlecture\nroot-abc\nfirst\nroot-abc\nlast";
  for (let cut = 0; cut <= text.length; cut++) {
    expect(feed([text.slice(0, cut), text.slice(cut)])).toEqual({
      passed: "first\nroot-abc\nlast",
      seen: true,
      held: "",
    });
  }
  expect(feed([...text]).passed).toBe("first\nroot-abc\nlast");
});

test("without the marker everything is held back", () => {
  expect(feed(["sudo: ", "no root-ab", "\n"])).toEqual({
    passed: "",
    seen: false,
    held: "sudo: no root-ab\n",
  });
});
