// Between the parts of the test double; a plugin does not include it.
#ifndef SWITCHHOOK_DOUBLE_H
#define SWITCHHOOK_DOUBLE_H

#include "vocabulary.h"

/// Reads JSON into a value, if it is there; ends the test program with a message if it is wrong.
void sh_test_read(const sh_meta *type, sh_option_string_t json, void *value);

#endif
