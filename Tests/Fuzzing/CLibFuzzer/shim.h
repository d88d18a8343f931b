#include <stddef.h>
#include <stdint.h>

// The compiler's runtime has libFuzzer and no header of it. https://llvm.org/docs/LibFuzzer.html#using-libfuzzer-as-a-library
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*take)(const uint8_t *bytes, size_t count));
