/** `node --require tools/typescript.js FILE.ts` runs what is no part of the build, compiled as it is read. */
const { transformFileSync } = require("@swc/core");

const options = {
  jsc: { parser: { syntax: "typescript" }, target: "es2023" },
  module: { type: "commonjs" },
  sourceMaps: "inline",
};

require.extensions[".ts"] = (module, file) => module._compile(transformFileSync(file, options).code, file);
