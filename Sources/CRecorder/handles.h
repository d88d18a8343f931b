/* Recorders by their handles. */
#ifndef LUMON_HANDLES_H
#define LUMON_HANDLES_H

#include "internal.h"

/* A handle for a recorder, whose owner is the calling thread. */
int lr_handle_new(struct recorder *recorder, lr_recorder **handle);
/* Ends a handle, in a call that lr_enter began: there is no lr_leave. The reason of a failure is kept. */
void lr_handle_end(lr_recorder *handle, const char *failure);

/* Begins a call: the recorder, for the calling thread alone, until lr_leave. LR_NULL, LR_CLOSED, LR_WRONG_THREAD. */
int lr_enter(lr_recorder *handle, struct recorder **recorder);
void lr_leave(lr_recorder *handle);

/* The reason that a closed recorder left; LR_CLOSED where another has its place. `bytes` is not 0. */
int lr_last_failure(lr_recorder *handle, char *text, size_t bytes);

#endif
