/**
 * A value cut short and quoted, for an error. Never called with a secret field; what may be a login or a token
 * in a URL or host is left out all the same.
 */
export function shown(value: unknown): string {
  const text = (JSON.stringify(value) ?? "nothing")
    .replace(/[^/"]*@/g, "…@")
    .replace(/^(".*:\/\/[^?]*\?).*"$/s, '$1…"');
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
