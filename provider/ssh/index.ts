/** SSH as the rest of the provider uses it. */
export { connect, type ConnectOptions } from "./connect";
export { KEEP_ALIVE, type KeepAlive } from "./dial";
export { isSuccess, type ExecOptions, type ExecResult } from "./execResult";
export { fingerprint } from "./fingerprint";
export { NodeConnection } from "./nodeConnection";
export type { ConnectionSettings, Hop, ProxySettings } from "./settings";
export { SshConnection } from "./sshConnection";
export { SshError, type SshErrorKind } from "./sshError";
export type { UploadOptions, UploadResult } from "./upload";
