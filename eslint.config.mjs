import tseslint from "typescript-eslint";
import importX from "eslint-plugin-import-x";

/** Node's modules that reach outside the process: the pure parts may not import them. */
const io = ["fs", "net", "tls", "http", "https", "child_process", "dgram", "dns", "os", "worker_threads"];
const outside = [...io, ...io.map((name) => `node:${name}`), "node:fs/promises", "fs/promises"];

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", "coverage/", "reports/", ".stryker-tmp/"] },
  ...tseslint.configs.recommended,
  {
    files: ["**/*.ts"],
    plugins: { "import-x": importX },
    settings: {
      "import-x/resolver": { node: { extensions: [".ts", ".js"] } },
      "import-x/parsers": { "@typescript-eslint/parser": [".ts"] },
    },
    rules: {
      "import-x/no-cycle": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "no-restricted-properties": [
        "error",
        {
          property: "generateKeyPairSync",
          message:
            "ssh2 makes one ed25519 key in 256 that nobody can read: take keyPair (lab/machines/keyPair.ts).",
        },
      ],
    },
  },
  {
    // One direction: what parses, builds commands and decides touches neither Pulumi, nor SSH, nor the machine.
    files: [
      "provider/{chef,cluster,commands,drbd,enterprise,migration,observe,paths,plan,procedures,inputs,values}/**/*.ts",
    ],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          paths: [...outside, "ssh2", "@pulumi/pulumi"],
          patterns: ["**/ssh/**", "**/pulumi/**", "@pulumi/*"],
        },
      ],
    },
  },
  {
    files: ["**/*.{js,cjs}"],
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
);
