import { z } from "zod";
import { line, version } from "./fields";
import { shown } from "./shown";

const absolutePath = line("an absolute path on the nodes")
  .refine((text) => text.startsWith("/"), {
    error: ({ input }) => `got ${shown(input)}, expected an absolute path on the nodes, beginning with /`,
  })
  .refine((text) => /\.(deb|rpm)$/.test(text), {
    error: ({ input }) => `got ${shown(input)}, expected a file that ends in .deb or .rpm`,
  })
  .refine((text) => !text.endsWith(".rpm") || !/[\s'"\\*?[\]{}]/.test(text), {
    error: ({ input }) =>
      `got ${shown(input)}, expected a path without blanks, quotes, backslashes, brackets, braces, * and ?: rpm and yum expand them`,
  });
const sha256 = z
  .string("expected a SHA-256 in hexadecimal")
  .regex(/^[0-9a-fA-F]{64}$/, "expected a SHA-256: 64 hexadecimal digits");

/** Where a package comes from. */
export const packageFile = z
  .strictObject({
    path: absolutePath.optional(),
    source: line("the path of a file on this machine").optional(),
    url: line("a URL").optional(),
    sha256: sha256.optional(),
  })
  .superRefine((file, context) => {
    const given = (["path", "source", "url"] as const).filter((key) => file[key] !== undefined);
    if (given.length !== 1)
      context.addIssue({
        code: "custom",
        message: `got ${given.join(" and ") || "none of them"}, expected exactly one of path (already on the nodes), source (uploaded) and url (downloaded by the nodes)`,
      });
    if (file.source !== undefined && !/\.(deb|rpm)$/.test(file.source))
      context.addIssue({
        code: "custom",
        path: ["source"],
        message: `got ${shown(file.source)}, expected a file that ends in .deb or .rpm`,
      });
    if (file.url !== undefined && !isPackageUrl(file.url))
      context.addIssue({
        code: "custom",
        path: ["url"],
        message: `got ${shown(file.url)}, expected an http or https URL whose path ends in .deb or .rpm`,
      });
    if (file.url !== undefined && file.sha256 === undefined)
      context.addIssue({
        code: "custom",
        path: ["sha256"],
        message: "is required with url: what the nodes download is installed as root",
      });
  });

const key = version("a version for which the package is, such as 2.3.16");

/** One package for each version on the way. */
export const packageFiles = z
  .record(z.string(), packageFile, "expected an object with a package file for each version")
  .superRefine((files, context) => {
    for (const name of Object.keys(files))
      for (const { message } of key.safeParse(name).error?.issues ?? [])
        context.addIssue({ code: "custom", path: [name], message });
  });

function isPackageUrl(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    /\.(deb|rpm)$/.test(url.pathname) &&
    url.username === "" &&
    url.password === ""
  );
}
