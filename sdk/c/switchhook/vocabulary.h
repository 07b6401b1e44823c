// The vocabulary as JSON, for the test double; a plugin does not include it.
#ifndef SWITCHHOOK_VOCABULARY_H
#define SWITCHHOOK_VOCABULARY_H

#include "arena.h"
#include "contract_meta.h"

/// Reads JSON into a value of this type, which is set to zero before; false: `why` says what is wrong.
bool sh_vocabulary_read(const sh_meta *type, sh_string_t json, void *value, sh_string_t *why);
/// Adds a value as JSON, without what is default.
void sh_vocabulary_write(const sh_meta *type, const void *value, sh_buffer *out);

#endif
