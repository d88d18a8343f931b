/* The floating-point environment of the calling thread: rounding mode, and what becomes of numbers below the smallest normal one.
 * Swift has no name for it. Nothing here is a constant to the compiler: each call asks the processor. */
#ifndef LUMON_FLOATING_POINT_H
#define LUMON_FLOATING_POINT_H

#include <fenv.h>
#include <stdbool.h>

/* An environment, to be put back. */
typedef struct {
    fenv_t environment;
} lr_floating_point;

/* Whether the thread rounds to nearest and keeps denormals, as IEEE 754 has it by default. */
bool lr_floating_point_is_default(void);

/* Makes it so. Returns what it was. */
lr_floating_point lr_floating_point_set_default(void);

/* Puts an environment back. */
void lr_floating_point_restore(const lr_floating_point *saved);

/* For harnesses that want to see whether it matters: 1 rounds up, 2 down, 3 towards zero, 4 flushes denormals to zero where the
 * processor can. Others change nothing. Returns whether the environment is not the default now. */
bool lr_floating_point_perturb(int kind);

#endif
