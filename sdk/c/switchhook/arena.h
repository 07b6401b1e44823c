// Between the parts of the SDK; a plugin does not include it.
#ifndef SWITCHHOOK_ARENA_H
#define SWITCHHOOK_ARENA_H

#include <stdarg.h>

#include "switchhook.h"

/// Gives all memory of sh_alloc back.
void sh_arena_reset(void);

/// Bytes that grow.
typedef struct sh_buffer {
  char *bytes;
  size_t len;
  size_t room;
} sh_buffer;

/// Adds bytes at the end.
void sh_buffer_add(sh_buffer *buffer, const char *bytes, size_t count);
/// sh_format with a list of arguments.
sh_string_t sh_format_list(const char *format, va_list *list);
/// What `names` of the interface `settings` answers.
sh_option_string_t sh_setting_names_json(sh_string_t pointer);
/// The strings in a JSON array or object.
sh_list_string_t sh_json_strings(sh_string_t json);

#endif
