import { z } from "zod";
import { secondsOrNone } from "./fields";

const shell = "a line for /bin/sh";

/** It may have several lines, and anything that a shell takes. */
const command = z
  .string(`expected ${shell}`)
  .refine((text) => text.trim() !== "" && !text.includes("\0"), `expected ${shell}, not an empty one`);

/** How a frontend leaves the load balancer, and comes back. */
export const drain = z
  .strictObject({
    command: command.optional(),
    undo: command.optional(),
    wait: secondsOrNone.optional(),
  })
  .superRefine(({ command, undo, wait }, context) => {
    const lacks = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
    if (command !== undefined && undo === undefined)
      lacks(["undo"], "is missing: expected the line that puts back what `command` takes out");
    if (command === undefined && undo !== undefined)
      lacks(["command"], "is missing: expected the line whose effect `undo` undoes");
    if (command === undefined && undo === undefined && wait === undefined)
      lacks([], "got nothing, expected `command` with `undo`, or `wait`, or all of them");
  });
