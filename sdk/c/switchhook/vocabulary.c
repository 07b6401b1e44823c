// The vocabulary as JSON, by the tables of contract_meta.h: variants as {"case": payload} or "case", what is default left out.
#include "vocabulary.h"

#include <stdlib.h>
#include <string.h>

static bool fail(sh_string_t *why, const char *what, sh_string_t where) {
  *why = sh_format("%s: %.*s", what, SH_ARG(where));
  return false;
}

static void set_number(const sh_meta *type, void *value, int64_t number) {
  switch (type->size) {
    case 1: *(uint8_t *)value = (uint8_t)number; break;
    case 2: *(uint16_t *)value = (uint16_t)number; break;
    case 4: *(uint32_t *)value = (uint32_t)number; break;
    default: *(uint64_t *)value = (uint64_t)number;
  }
}

static int64_t number_of(const sh_meta *type, const void *value) {
  bool negative = type->kind == SH_META_SIGNED;
  switch (type->size) {
    case 1: return *(const uint8_t *)value;
    case 2: return negative ? *(const int16_t *)value : *(const uint16_t *)value;
    case 4: return *(const uint32_t *)value;
    default: return *(const int64_t *)value;
  }
}

static const sh_meta_item *item_named(const sh_meta *type, sh_string_t name) {
  for (size_t i = 0; i < type->count; i++)
    if (sh_is(name, type->items[i].name)) return &type->items[i];
  return NULL;
}

static bool read_record(const sh_meta *type, sh_string_t json, char *value, sh_string_t *why) {
  for (size_t i = 0; i < type->count; i++)
    if (type->items[i].fallback > 0) set_number(type->items[i].type, value + type->items[i].offset, type->items[i].fallback);
  size_t at = 0;
  sh_option_string_t name;
  sh_string_t field;
  if (json.len == 0 || *json.ptr != '{') return fail(why, "not an object", json);
  while (sh_json_next(json, &at, &name, &field)) {
    const sh_meta_item *item = item_named(type, name.value);
    if (!item) return fail(why, "unknown field", name.value);
    if (!sh_vocabulary_read(item->type, field, value + item->offset, why)) return false;
  }
  return true;
}

static bool read_variant(const sh_meta *type, sh_string_t json, char *value, sh_string_t *why) {
  sh_option_string_t name = sh_json_string(json);
  sh_string_t payload = {0};
  size_t at = 0;
  if (!name.is_some && !sh_json_next(json, &at, &name, &payload)) return fail(why, "neither a string nor an object", json);
  const sh_meta_item *item = name.is_some ? item_named(type, name.value) : NULL;
  if (!item || (item->type != NULL) != (payload.len > 0)) return fail(why, "no such case", json);
  *(uint8_t *)value = (uint8_t)(item - type->items);
  return !item->type || sh_vocabulary_read(item->type, payload, value + item->offset, why);
}

static bool read_list(const sh_meta *type, sh_string_t json, void *value, sh_string_t *why) {
  sh_list_u8_t *list = value;
  size_t at = 0, count = 0;
  sh_string_t element;
  if (json.len == 0 || *json.ptr != '[') return fail(why, "not an array", json);
  while (sh_json_next(json, &at, NULL, &element)) count++;
  list->ptr = sh_alloc(count * type->of->size);
  list->len = count;
  at = count = 0;
  while (sh_json_next(json, &at, NULL, &element))
    if (!sh_vocabulary_read(type->of, element, list->ptr + count++ * type->of->size, why)) return false;
  return true;
}

bool sh_vocabulary_read(const sh_meta *type, sh_string_t json, void *value, sh_string_t *why) {
  memset(value, 0, type->size);
  switch (type->kind) {
    case SH_META_BOOL:
      *(bool *)value = sh_is(json, "true");
      return sh_is(json, "true") || sh_is(json, "false") || fail(why, "neither true nor false", json);
    case SH_META_UNSIGNED:
    case SH_META_SIGNED: {
      int64_t number;
      if (!sh_json_int(json, &number)) return fail(why, "not a number", json);
      set_number(type, value, number);
      return number_of(type, value) == number || fail(why, "out of range", json);
    }
    case SH_META_FLOAT: *(double *)value = strtod(sh_c_string(json), NULL); return true;
    case SH_META_STRING: {
      sh_option_string_t text = sh_json_string(json);
      *(sh_string_t *)value = text.value;
      return text.is_some || fail(why, "not a string", json);
    }
    case SH_META_RECORD: return read_record(type, json, value, why);
    case SH_META_ENUM:
    case SH_META_VARIANT: return read_variant(type, json, value, why);
    case SH_META_OPTION:
      if (sh_is(json, "null")) return true;
      *(bool *)value = true;
      return sh_vocabulary_read(type->of, json, (char *)value + type->offset, why);
    case SH_META_LIST: return read_list(type, json, value, why);
  }
  return false;
}

static void add(sh_buffer *out, const char *text) { sh_buffer_add(out, text, strlen(text)); }

static void add_text(sh_buffer *out, sh_string_t text) { sh_buffer_add(out, text.ptr, text.len); }

static bool is_default(const sh_meta_item *item, const void *value) {
  switch (item->type->kind) {
    case SH_META_BOOL:
    case SH_META_OPTION: return !*(const bool *)value;
    case SH_META_STRING:
    case SH_META_LIST: return ((const sh_list_u8_t *)value)->len == 0;
    case SH_META_UNSIGNED:
    case SH_META_SIGNED:
    case SH_META_ENUM: return number_of(item->type, value) == item->fallback;
    default: return false;
  }
}

static void write_record(const sh_meta *type, const char *value, sh_buffer *out) {
  const char *between = "{";
  for (size_t i = 0; i < type->count; i++) {
    const sh_meta_item *item = &type->items[i];
    if (is_default(item, value + item->offset)) continue;
    add(out, between);
    add_text(out, sh_json_quote(sh_text(item->name)));
    add(out, ":");
    sh_vocabulary_write(item->type, value + item->offset, out);
    between = ",";
  }
  add(out, *between == '{' ? "{}" : "}");
}

static void write_variant(const sh_meta *type, const char *value, sh_buffer *out) {
  uint8_t tag = *(const uint8_t *)value;
  if (tag >= type->count) {
    add_text(out, sh_format("\"no case %u\"", tag));
    return;
  }
  const sh_meta_item *item = &type->items[tag];
  if (item->type) add(out, "{");
  add_text(out, sh_json_quote(sh_text(item->name)));
  if (!item->type) return;
  add(out, ":");
  sh_vocabulary_write(item->type, value + item->offset, out);
  add(out, "}");
}

void sh_vocabulary_write(const sh_meta *type, const void *value, sh_buffer *out) {
  const sh_list_u8_t *list = value;
  switch (type->kind) {
    case SH_META_BOOL: add(out, *(const bool *)value ? "true" : "false"); break;
    case SH_META_UNSIGNED:
    case SH_META_SIGNED: add_text(out, sh_format("%lld", (long long)number_of(type, value))); break;
    case SH_META_FLOAT: add_text(out, sh_format("%lld", (long long)*(const double *)value)); break;
    case SH_META_STRING: add_text(out, sh_json_quote(*(const sh_string_t *)value)); break;
    case SH_META_RECORD: write_record(type, value, out); break;
    case SH_META_ENUM:
    case SH_META_VARIANT: write_variant(type, value, out); break;
    case SH_META_OPTION: sh_vocabulary_write(type->of, (const char *)value + type->offset, out); break;
    case SH_META_LIST:
      add(out, "[");
      for (size_t i = 0; i < list->len; i++) {
        if (i > 0) add(out, ",");
        sh_vocabulary_write(type->of, list->ptr + i * type->of->size, out);
      }
      add(out, "]");
  }
}
