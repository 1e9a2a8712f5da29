/** Starts machines, prints their id and stays until it is killed: a process of its own, without jest. */
const { readFileSync } = require("node:fs");
const { transformSync } = require("@swc/core");

require.extensions[".ts"] = (module, filename) => {
  const jsc = { parser: { syntax: "typescript" }, target: "es2023" };
  const options = { filename, jsc, module: { type: "commonjs" }, swcrc: false };
  module._compile(transformSync(readFileSync(filename, "utf8"), options).code, filename);
};

const { startMachines } = require("./startMachines.ts");

startMachines({ cluster: false }).then(
  ({ id }) => console.log(id),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
setInterval(() => {}, 1000);
