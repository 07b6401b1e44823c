// Reads JSON in place: a value is the piece of text that it is written in. And the settings, which are JSON.
#include <stdlib.h>
#include <string.h>

#include "arena.h"

enum { DEEPEST = 64 };

static const sh_option_string_t NONE;

static size_t blank(sh_string_t text, size_t at) {
  while (at < text.len && (text.ptr[at] == ' ' || text.ptr[at] == '\n' || text.ptr[at] == '\r' || text.ptr[at] == '\t')) at++;
  return at;
}

// Behind the string that begins at `at`; 0: there is none.
static size_t past_string(sh_string_t text, size_t at) {
  if (at >= text.len || text.ptr[at] != '"') return 0;
  for (at++; at < text.len; at++) {
    if (text.ptr[at] == '\\') at++;
    else if (text.ptr[at] == '"') return at + 1;
  }
  return 0;
}

static size_t past_value(sh_string_t text, size_t at, int depth);

// Behind the members of an array or object that begins at `at`.
static size_t past_members(sh_string_t text, size_t at, int depth, bool object) {
  char end = object ? '}' : ']';
  at = blank(text, at + 1);
  if (at < text.len && text.ptr[at] == end) return at + 1;
  while (at < text.len) {
    if (object) {
      at = past_string(text, blank(text, at));
      if (at == 0) return 0;
      at = blank(text, at);
      if (at >= text.len || text.ptr[at++] != ':') return 0;
    }
    at = past_value(text, blank(text, at), depth + 1);
    if (at == 0) return 0;
    at = blank(text, at);
    if (at >= text.len) return 0;
    if (text.ptr[at] == end) return at + 1;
    if (text.ptr[at++] != ',') return 0;
  }
  return 0;
}

static size_t past_value(sh_string_t text, size_t at, int depth) {
  if (at >= text.len || depth > DEEPEST) return 0;
  char c = text.ptr[at];
  if (c == '"') return past_string(text, at);
  if (c == '{' || c == '[') return past_members(text, at, depth, c == '{');
  size_t start = at;
  while (at < text.len && text.ptr[at] != 0 && strchr("+-.0123456789abcdefghijklmnopqrstuvwxyzE", text.ptr[at])) at++;
  return at > start ? at : 0;
}

bool sh_json_next(sh_string_t json, size_t *at, sh_option_string_t *name, sh_string_t *value) {
  size_t start = blank(json, 0);
  if (start >= json.len || (json.ptr[start] != '{' && json.ptr[start] != '[')) return false;
  bool object = json.ptr[start] == '{';
  size_t here = blank(json, *at == 0 ? start + 1 : *at);
  if (*at != 0) {
    if (here >= json.len || json.ptr[here] != ',') return false;
    here = blank(json, here + 1);
  }
  if (name) *name = NONE;
  if (object) {
    size_t behind = past_string(json, here);
    if (behind == 0) return false;
    if (name) *name = sh_json_string((sh_string_t){json.ptr + here, behind - here});
    here = blank(json, behind);
    if (here >= json.len || json.ptr[here] != ':') return false;
    here = blank(json, here + 1);
  }
  size_t behind = past_value(json, here, 0);
  if (behind == 0) return false;
  *value = (sh_string_t){json.ptr + here, behind - here};
  *at = behind;
  return true;
}

static bool same_index(sh_string_t part, size_t index) { return sh_equal(part, sh_format("%zu", index)); }

// A part of a pointer without its escapes (RFC 6901 §4).
static sh_string_t unescaped(sh_string_t part) {
  char *out = sh_alloc(part.len);
  size_t len = 0;
  for (size_t i = 0; i < part.len; i++) {
    char c = part.ptr[i];
    if (c == '~' && i + 1 < part.len) c = part.ptr[++i] == '1' ? '/' : '~';
    out[len++] = c;
  }
  return (sh_string_t){out, len};
}

static sh_option_string_t member(sh_string_t json, sh_string_t part) {
  size_t at = 0, index = 0;
  sh_option_string_t name;
  sh_string_t value;
  for (; sh_json_next(json, &at, &name, &value); index++)
    if (name.is_some ? sh_equal(name.value, part) : same_index(part, index)) return (sh_option_string_t){true, value};
  return NONE;
}

sh_option_string_t sh_json_get(sh_string_t json, sh_string_t pointer) {
  size_t start = blank(json, 0), end = past_value(json, start, 0);
  if (end == 0) return NONE;
  sh_option_string_t found = {true, {json.ptr + start, end - start}};
  size_t at = 0;
  while (found.is_some && at < pointer.len) {
    if (pointer.ptr[at] != '/') return NONE;
    size_t from = ++at;
    while (at < pointer.len && pointer.ptr[at] != '/') at++;
    found = member(found.value, unescaped((sh_string_t){pointer.ptr + from, at - from}));
  }
  return found;
}

static size_t add_utf8(char *out, unsigned code) {
  if (code < 0x80) {
    out[0] = (char)code;
    return 1;
  }
  size_t count = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  for (size_t i = count - 1; i > 0; i--, code >>= 6) out[i] = (char)(0x80 | (code & 0x3f));
  out[0] = (char)((0xf00 >> count) | code);
  return count;
}

static bool hex(sh_string_t text, size_t at, unsigned *code) {
  *code = 0;
  if (at + 4 > text.len) return false;
  for (size_t i = at; i < at + 4; i++) {
    char c = text.ptr[i];
    unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') : (c | 32) >= 'a' && (c | 32) <= 'f' ? (unsigned)((c | 32) - 'a' + 10) : 16;
    if (digit > 15) return false;
    *code = *code * 16 + digit;
  }
  return true;
}

// A `\u` escape whose digits begin at `at`, a pair of surrogates included. How many bytes it is long behind the `u`; 0: bad.
static size_t unicode(sh_string_t text, size_t at, unsigned *code) {
  unsigned low;
  if (!hex(text, at, code)) return 0;
  if (*code < 0xd800 || *code > 0xdfff) return 4;
  bool pair = *code < 0xdc00 && at + 6 <= text.len && text.ptr[at + 4] == '\\' && text.ptr[at + 5] == 'u' &&
              hex(text, at + 6, &low) && low >= 0xdc00 && low <= 0xdfff;
  if (!pair) {
    *code = 0xfffd;
    return 4;
  }
  *code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
  return 10;
}

sh_option_string_t sh_json_string(sh_string_t json) {
  size_t at = blank(json, 0), end = past_string(json, at);
  if (end == 0) return NONE;
  char *out = sh_alloc(end - at);
  size_t len = 0;
  for (at++; at < end - 1; at++) {
    char c = json.ptr[at];
    if (c != '\\') {
      out[len++] = c;
      continue;
    }
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *simple = strchr(from, json.ptr[++at]);
    unsigned code;
    if (simple && *simple) out[len++] = to[simple - from];
    else if (json.ptr[at] == 'u') {
      size_t digits = unicode(json, at + 1, &code);
      if (digits == 0) return NONE;
      len += add_utf8(out + len, code);
      at += digits;
    } else return NONE;
  }
  return (sh_option_string_t){true, {out, len}};
}

bool sh_json_int(sh_string_t json, int64_t *value) {
  if (json.len == 0 || json.len > 20) return false;
  const char *text = sh_c_string(json);
  char *end;
  long long number = strtoll(text, &end, 10);
  if (*end != 0 || end == text) return false;
  *value = number;
  return true;
}

sh_string_t sh_json_quote(sh_string_t text) {
  sh_buffer out = {0};
  sh_buffer_add(&out, "\"", 1);
  for (size_t i = 0; i < text.len; i++) {
    unsigned char c = (unsigned char)text.ptr[i];
    if (c == '"' || c == '\\') sh_buffer_add(&out, "\\", 1);
    if (c >= 0x20) sh_buffer_add(&out, text.ptr + i, 1);
    else {
      sh_string_t escape = sh_format("\\u00%s%x", c < 0x10 ? "0" : "", (unsigned)c);
      sh_buffer_add(&out, escape.ptr, escape.len);
    }
  }
  sh_buffer_add(&out, "\"", 1);
  return (sh_string_t){out.bytes, out.len};
}

sh_string_t sh_pointer(sh_list_string_t parts) {
  sh_buffer out = {0};
  for (size_t p = 0; p < parts.len; p++) {
    sh_buffer_add(&out, "/", 1);
    for (size_t i = 0; i < parts.ptr[p].len; i++) {
      char c = parts.ptr[p].ptr[i];
      if (c == '~' || c == '/') sh_buffer_add(&out, c == '~' ? "~0" : "~1", 2);
      else sh_buffer_add(&out, &c, 1);
    }
  }
  return (sh_string_t){out.bytes, out.len};
}

sh_option_string_t sh_setting_string(sh_string_t pointer) {
  sh_option_string_t json = sh_setting(pointer);
  return json.is_some ? sh_json_string(json.value) : NONE;
}

int64_t sh_setting_int(sh_string_t pointer, int64_t fallback) {
  sh_option_string_t json = sh_setting(pointer);
  int64_t value;
  return json.is_some && sh_json_int(json.value, &value) ? value : fallback;
}

bool sh_setting_bool(sh_string_t pointer, bool fallback) {
  sh_option_string_t json = sh_setting(pointer);
  if (json.is_some && sh_is(json.value, "true")) return true;
  if (json.is_some && sh_is(json.value, "false")) return false;
  return fallback;
}

sh_list_string_t sh_json_strings(sh_string_t json) {
  size_t at = 0, count = 0;
  sh_string_t value;
  while (sh_json_next(json, &at, NULL, &value)) count++;
  sh_list_string_t list = {sh_alloc(count * sizeof(sh_string_t)), 0};
  for (at = 0; sh_json_next(json, &at, NULL, &value);) {
    sh_option_string_t text = sh_json_string(value);
    if (text.is_some) list.ptr[list.len++] = text.value;
  }
  return list;
}

sh_list_string_t sh_setting_strings(sh_string_t pointer) {
  sh_option_string_t json = sh_setting(pointer);
  return json.is_some && json.value.len > 0 && *json.value.ptr == '[' ? sh_json_strings(json.value) : (sh_list_string_t){0};
}

sh_list_string_t sh_setting_names(sh_string_t pointer) {
  sh_option_string_t json = sh_setting_names_json(pointer);
  return json.is_some ? sh_json_strings(json.value) : (sh_list_string_t){0};
}
