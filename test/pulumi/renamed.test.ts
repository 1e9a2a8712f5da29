import { dynamicHandlers, type Handlers } from "../../provider/pulumi/dynamicHandlers";

/** A resource that any update fails of: as with a machine that cannot be reached. */
const resource = {
  diff: (olds: { version?: string }, news: { version: string }) => ({
    changes: olds.version !== news.version,
  }),
  upgrade: () => Promise.reject(new Error("Backend cannot be reached")),
} as unknown as Handlers<{ version: string }, { version: string }>;
const { update, diff } = dynamicHandlers(resource);

const olds = { version: "2.1.0", __urn: "old", __provider: "text" };
const news = { version: "2.1.0", __urn: "new", __provider: "text" };
beforeEach(() => jest.spyOn(console, "log").mockImplementation(() => undefined));

test("a new name alone is written without a machine", async () => {
  expect(await diff("id", olds, news)).toEqual({ changes: true });
  expect(await update("id", olds, news)).toEqual({ outs: news });
});

test.each([
  ["an input differs, too", olds, { ...news, version: "2.3.16" }],
  ["the state is an earlier version's", { version: "2.1.0" }, news],
  ["the last update failed", { ...olds, __failed: true }, news],
])("not where %s", async (_why, before, after) => {
  await expect(update("id", before, after)).rejects.toThrow("Backend cannot be reached");
});
