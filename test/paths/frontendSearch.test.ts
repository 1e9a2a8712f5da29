import { elasticsearch } from "../../provider/paths/backendPaths";
import { firstWith, frontendSearch, majorsOf, worksWith } from "../../provider/paths/frontendSearch";
import { compareVersions } from "../../provider/versions/version";

test.each([
  ["12.4.1-1", []],
  ["12.5.0-1", [2]],
  ["12.15.7-1", [2]],
  ["12.15.8-1", [2, 5]],
  ["12.17.15-1", [2, 5]],
  ["12.19.31-1.el7", [2, 5]],
  ["13.1.13-1", [2, 5]],
  ["13.2.0-1", [2, 5, 6]],
  ["14.1.0", [2, 5, 6]],
  ["14.2.2-1", [2, 5, 6, 7]],
  ["15.10.12-1", [2, 5, 6, 7]],
])("%s works with Elasticsearch %j", (frontend, majors) => expect(majorsOf(frontend)).toEqual(majors));

test.each([
  ["2.3.1", "12.5.0"],
  ["5.4.1", "12.15.8"],
  ["5.6.16", "12.15.8"],
  ["6.8.23", "13.2.0"],
  ["8.1.0", undefined],
])("Elasticsearch %s needs %s", (search, first) => expect(firstWith(search)).toBe(first));

test("newest first, each works with all that the ones before it do, and some release with each Elasticsearch of a backend", () => {
  for (const [at, row] of frontendSearch.slice(1).entries()) {
    expect(compareVersions(frontendSearch[at]!.since, row.since)).toBeGreaterThan(0);
    expect(frontendSearch[at]!.majors).toEqual(expect.arrayContaining([...row.majors]));
  }
  for (const [, search] of elasticsearch) expect(worksWith(firstWith(search)!, search)).toBe(true);
});
