// The tables of the test double, compiled into the component: they read and write each structure by the offsets of the compiler.
// Natively the double brings them along.
#ifdef __wasm__
#include "../../switchhook/vocabulary.c"
#else
typedef int nothing_here;
#endif
