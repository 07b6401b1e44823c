// What a plugin uses without asking the switch: memory, text, builders, lookups. It is the same natively and in a component.
#include "switchhook.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"

enum { CHUNK_BYTES = 16 * 1024 };

typedef struct chunk {
  struct chunk *before;
  size_t used;
  size_t size;
  _Alignas(16) unsigned char bytes[];
} chunk;

static chunk *newest;

void *sh_alloc(size_t size) {
  if (size > SIZE_MAX - CHUNK_BYTES - 64) abort();
  size = (size + 15) & ~(size_t)15;
  if (!newest || newest->size - newest->used < size) {
    size_t room = size > CHUNK_BYTES ? size : CHUNK_BYTES;
    chunk *fresh = malloc(sizeof(chunk) + room);
    if (!fresh) abort();
    *fresh = (chunk){.before = newest, .size = room};
    newest = fresh;
  }
  void *at = newest->bytes + newest->used;
  newest->used += size;
  return memset(at, 0, size);
}

void sh_arena_reset(void) {
  while (newest && newest->before) {
    chunk *before = newest->before;
    free(newest);
    newest = before;
  }
  if (newest) newest->used = 0;
}

void *sh_copy(const void *bytes, size_t size) {
  void *at = sh_alloc(size);
  if (size > 0) memcpy(at, bytes, size);
  return at;
}

sh_string_t sh_text(const char *text) { return (sh_string_t){text, strlen(text)}; }

const char *sh_c_string(sh_string_t text) {
  char *copy = sh_alloc(text.len + 1);
  if (text.len > 0) memcpy(copy, text.ptr, text.len);
  return copy;
}

bool sh_equal(sh_string_t a, sh_string_t b) { return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0); }

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

bool sh_equal_ignoring_case(sh_string_t a, sh_string_t b) {
  if (a.len != b.len) return false;
  for (size_t i = 0; i < a.len; i++)
    if (lower(a.ptr[i]) != lower(b.ptr[i])) return false;
  return true;
}

bool sh_is(sh_string_t text, const char *other) { return sh_equal(text, sh_text(other)); }

bool sh_starts_with(sh_string_t text, sh_string_t prefix) {
  return text.len >= prefix.len && (prefix.len == 0 || memcmp(text.ptr, prefix.ptr, prefix.len) == 0);
}

sh_string_t sh_after(sh_string_t text, size_t count) {
  if (count > text.len) count = text.len;
  return (sh_string_t){text.ptr + count, text.len - count};
}

void sh_buffer_add(sh_buffer *buffer, const char *bytes, size_t count) {
  if (buffer->room - buffer->len < count) {
    buffer->room = (buffer->len + count) * 2;
    char *larger = sh_alloc(buffer->room);
    if (buffer->len > 0) memcpy(larger, buffer->bytes, buffer->len);
    buffer->bytes = larger;
  }
  if (count > 0) memcpy(buffer->bytes + buffer->len, bytes, count);
  buffer->len += count;
}

static void add_number(sh_buffer *out, unsigned long long value, unsigned base, bool negative) {
  char digits[24];
  size_t at = sizeof digits;
  do digits[--at] = "0123456789abcdef"[value % base];
  while ((value /= base) > 0);
  if (negative) digits[--at] = '-';
  sh_buffer_add(out, digits + at, sizeof digits - at);
}

static long long signed_argument(va_list *list, int length) {
  switch (length) {
    case 'L': return va_arg(*list, long long);
    case 'l': return va_arg(*list, long);
    case 'z': return (long long)va_arg(*list, size_t);
    default: return va_arg(*list, int);
  }
}

static unsigned long long unsigned_argument(va_list *list, int length) {
  switch (length) {
    case 'L': return va_arg(*list, unsigned long long);
    case 'l': return va_arg(*list, unsigned long);
    case 'z': return va_arg(*list, size_t);
    default: return va_arg(*list, unsigned);
  }
}

// One conversion; `at` stands behind the `%`, and the result behind what was read.
static const char *convert(sh_buffer *out, const char *at, va_list *list) {
  int width = -1, length = 0;
  if (strncmp(at, ".*", 2) == 0) {
    width = va_arg(*list, int);
    at += 2;
  }
  for (; *at == 'l' || *at == 'z'; at++) length = *at == 'z' ? 'z' : length == 'l' ? 'L' : 'l';
  switch (*at) {
    case 's': {
      const char *text = va_arg(*list, const char *);
      sh_buffer_add(out, text, width >= 0 ? (size_t)width : strlen(text));
      break;
    }
    case 'c': {
      char c = (char)va_arg(*list, int);
      sh_buffer_add(out, &c, 1);
      break;
    }
    case 'd':
    case 'i': {
      long long value = signed_argument(list, length);
      add_number(out, value < 0 ? 0 - (unsigned long long)value : (unsigned long long)value, 10, value < 0);
      break;
    }
    case 'u': add_number(out, unsigned_argument(list, length), 10, false); break;
    case 'x': add_number(out, unsigned_argument(list, length), 16, false); break;
    case '%': sh_buffer_add(out, "%", 1); break;
    default: abort();
  }
  return at + 1;
}

sh_string_t sh_format_list(const char *format, va_list *list) {
  sh_buffer out = {0};
  while (*format) {
    size_t plain = strcspn(format, "%");
    sh_buffer_add(&out, format, plain);
    format += plain;
    if (*format) format = convert(&out, format + 1, list);
  }
  return (sh_string_t){out.bytes, out.len};
}

sh_string_t sh_format(const char *format, ...) {
  va_list list;
  va_start(list, format);
  sh_string_t text = sh_format_list(format, &list);
  va_end(list);
  return text;
}

void sh_log(sh_log_level_t level, const char *format, ...) {
  va_list list;
  va_start(list, format);
  sh_log_text(level, sh_format_list(format, &list));
  va_end(list);
}

sh_route_result_t sh_script(sh_list_verb_t verbs) {
  return (sh_route_result_t){.ok = {.tag = SH_DECISION_SCRIPT, .script = verbs}};
}

sh_route_result_t sh_next(sh_list_variable_t variables) {
  return (sh_route_result_t){.ok = {.tag = SH_DECISION_NEXT, .next = variables}};
}

sh_route_result_t sh_fail(sh_string_t why) { return (sh_route_result_t){.is_err = true, .err = why}; }

sh_resume_result_t sh_resume_script(sh_list_verb_t verbs) {
  return (sh_resume_result_t){.ok = {.tag = SH_CONTINUATION_SCRIPT, .script = verbs}};
}

sh_resume_result_t sh_proceed(void) { return (sh_resume_result_t){.ok = {.tag = SH_CONTINUATION_PROCEED}}; }

sh_resume_result_t sh_resume_fail(sh_string_t why) { return (sh_resume_result_t){.is_err = true, .err = why}; }

void sh_push(sh_list_verb_t *verbs, sh_verb_t verb) {
  sh_verb_t *longer = sh_alloc((verbs->len + 1) * sizeof verb);
  if (verbs->len > 0) memcpy(longer, verbs->ptr, verbs->len * sizeof verb);
  longer[verbs->len] = verb;
  *verbs = (sh_list_verb_t){longer, verbs->len + 1};
}

sh_target_t sh_client(sh_string_t username) {
  return (sh_target_t){.endpoint = {.tag = SH_ENDPOINT_CLIENT, .client = username}};
}

sh_target_t sh_trunk(sh_string_t trunk, sh_string_t number) {
  return (sh_target_t){.endpoint = {.tag = SH_ENDPOINT_TRUNK, .trunk = {trunk, number}}};
}

sh_target_t sh_uri(sh_string_t uri) { return (sh_target_t){.endpoint = {.tag = SH_ENDPOINT_URI, .uri = uri}}; }

sh_target_t sh_ring_group(sh_string_t name) {
  return (sh_target_t){.endpoint = {.tag = SH_ENDPOINT_RING_GROUP, .ring_group = name}};
}

sh_target_t sh_ringing(sh_target_t target, uint32_t seconds) {
  target.ring_seconds = (sh_option_u32_t){true, seconds};
  return target;
}

sh_prompt_t sh_speech(sh_string_t words) { return (sh_prompt_t){.tag = SH_PROMPT_SPEECH, .speech = {.text = words}}; }

sh_prompt_t sh_file(sh_string_t path) { return (sh_prompt_t){.tag = SH_PROMPT_FILE, .file = path}; }

sh_prompt_t sh_url(sh_string_t url) { return (sh_prompt_t){.tag = SH_PROMPT_URL, .url = url}; }

sh_prompt_t sh_tone(sh_tone_kind_t kind, uint32_t milliseconds) {
  return (sh_prompt_t){.tag = SH_PROMPT_TONE, .tone = {.kind = kind, .milliseconds = milliseconds}};
}

sh_header_t sh_header(sh_string_t name, sh_string_t value) { return (sh_header_t){name, value}; }

sh_variable_t sh_variable(sh_string_t name, sh_string_t value) { return (sh_variable_t){name, value}; }

sh_label_t sh_label(sh_string_t name, sh_string_t value) { return (sh_label_t){name, value}; }

sh_register_result_t sh_grant_checked(void) { return (sh_register_result_t){.ok = {.proof = {.tag = SH_PROOF_CHECKED}}}; }

sh_register_result_t sh_grant_password(sh_string_t password) {
  return (sh_register_result_t){.ok = {.proof = {.tag = SH_PROOF_PASSWORD, .password = password}}};
}

sh_register_result_t sh_grant_ha1(sh_string_t ha1) {
  return (sh_register_result_t){.ok = {.proof = {.tag = SH_PROOF_HA1, .ha1 = ha1}}};
}

sh_register_result_t sh_refuse(uint16_t status) { return (sh_register_result_t){.is_err = true, .err = {.status = status}}; }

sh_option_string_t sh_find_header(sh_list_header_t headers, sh_string_t name) {
  for (size_t i = 0; i < headers.len; i++)
    if (sh_equal_ignoring_case(headers.ptr[i].name, name)) return (sh_option_string_t){true, headers.ptr[i].value};
  return (sh_option_string_t){0};
}

sh_option_string_t sh_find_variable(sh_list_variable_t variables, sh_string_t name) {
  for (size_t i = 0; i < variables.len; i++)
    if (sh_equal(variables.ptr[i].name, name)) return (sh_option_string_t){true, variables.ptr[i].value};
  return (sh_option_string_t){0};
}

const char *sh_state_error_name(sh_state_error_t error) {
  static const char *const names[] = {"bad-key", "too-large", "quota", "not-a-number"};
  return error < sizeof names / sizeof *names ? names[error] : "?";
}

sh_string_t sh_bytes_text(sh_list_u8_t bytes) { return (sh_string_t){(const char *)bytes.ptr, bytes.len}; }

sh_list_u8_t sh_text_bytes(sh_string_t text) { return (sh_list_u8_t){(uint8_t *)text.ptr, text.len}; }
