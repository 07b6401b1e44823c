// UTF-8 for an engine without TextEncoder and TextDecoder.

export function encode(text) {
  const escaped = unescape(encodeURIComponent(text.toWellFormed?.() ?? text));
  return Uint8Array.from(escaped, (byte) => byte.charCodeAt(0));
}

/** Throws a URIError if the bytes are not UTF-8. */
export function decode(bytes) {
  let escaped = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    escaped += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return decodeURIComponent(escape(escaped));
}

export const toBytes = (value) => (typeof value === "string" ? encode(value) : value);
