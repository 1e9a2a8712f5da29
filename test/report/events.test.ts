import { duration } from "../../provider/report/events";

test.each([
  [0, "0 s"],
  [4.25, "4.3 s"],
  [9.96, "10 s"],
  [12.4, "12 s"],
  [59.4, "59 s"],
  [59.6, "1 min 0 s"],
  [60, "1 min 0 s"],
  [96, "1 min 36 s"],
  [119.7, "2 min 0 s"],
  [3599.9, "1 h 0 min"],
  [4711, "1 h 18 min"],
])("%d seconds are %s", (seconds, text) => expect(duration(seconds)).toBe(text));
