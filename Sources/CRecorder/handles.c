/*
 * Handles: the number of a place in a table and of its use, never a pointer. A closed one is found to be closed whatever has become of
 * its place, and no memory is left behind.
 */
#include "handles.h"

#include <string.h>

#define INDEX_BITS 8
_Static_assert(LR_MAXIMUM_RECORDERS < (1 << INDEX_BITS), "a handle holds the place, from 1");

struct place {
    _Atomic uintptr_t use;   /* the number of the use by an open recorder; 0: none */
    _Atomic uintptr_t owner; /* a thread */
    _Atomic bool is_inside;  /* a call is under way */
    struct recorder *recorder;
    /* Under the lock. */
    bool is_taken;
    uintptr_t last_use;
    char failure[512]; /* of the recorder of the last use */
};

static struct place places[LR_MAXIMUM_RECORDERS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct place *find(lr_recorder *handle, uintptr_t *use);
static int get_inside(struct place *place, uintptr_t use);
static uintptr_t this_thread(void);

int lr_handle_new(struct recorder *recorder, lr_recorder **handle) {
    int code = LR_TOO_MANY_RECORDERS;
    pthread_mutex_lock(&lock);
    for (uintptr_t i = 0; i < LR_MAXIMUM_RECORDERS && code != LR_OK; i++) {
        struct place *place = &places[i];
        if (place->is_taken) continue;
        place->is_taken = true;
        place->recorder = recorder;
        place->failure[0] = 0;
        place->last_use = (place->last_use + 1) & (UINTPTR_MAX >> INDEX_BITS);
        if (place->last_use == 0) place->last_use = 1;
        atomic_store_explicit(&place->owner, this_thread(), memory_order_relaxed);
        atomic_store_explicit(&place->use, place->last_use, memory_order_release);
        *handle = (lr_recorder *)(place->last_use << INDEX_BITS | (i + 1));
        code = LR_OK;
    }
    pthread_mutex_unlock(&lock);
    return code;
}

void lr_handle_end(lr_recorder *handle, const char *failure) {
    uintptr_t use;
    struct place *place = find(handle, &use);
    if (place == NULL) return;
    pthread_mutex_lock(&lock);
    strncpy(place->failure, failure, sizeof place->failure - 1);
    place->recorder = NULL;
    place->is_taken = false;
    atomic_store_explicit(&place->use, 0, memory_order_release);
    atomic_store_explicit(&place->is_inside, false, memory_order_release);
    pthread_mutex_unlock(&lock);
}

int lr_enter(lr_recorder *handle, struct recorder **recorder) {
    if (handle == NULL) return LR_NULL;
    uintptr_t use;
    struct place *place = find(handle, &use);
    if (place == NULL || atomic_load_explicit(&place->use, memory_order_acquire) != use) return LR_CLOSED;
    if (atomic_load_explicit(&place->owner, memory_order_relaxed) != this_thread()) return LR_WRONG_THREAD;
    int code = get_inside(place, use);
    if (code != LR_OK) return code;
    if (atomic_load_explicit(&place->owner, memory_order_relaxed) != this_thread()) {
        lr_leave(handle);
        return LR_WRONG_THREAD;
    }
    *recorder = place->recorder;
    return LR_OK;
}

void lr_leave(lr_recorder *handle) {
    uintptr_t use;
    struct place *place = find(handle, &use);
    if (place != NULL) atomic_store_explicit(&place->is_inside, false, memory_order_release);
}

int lr_attach(lr_recorder *handle) {
    if (handle == NULL) return LR_NULL;
    uintptr_t use;
    struct place *place = find(handle, &use);
    if (place == NULL || atomic_load_explicit(&place->use, memory_order_acquire) != use) return LR_CLOSED;
    int code = get_inside(place, use);
    if (code != LR_OK) return code;
    atomic_store_explicit(&place->owner, this_thread(), memory_order_relaxed);
    lr_leave(handle);
    return LR_OK;
}

int lr_last_failure(lr_recorder *handle, char *text, size_t bytes) {
    uintptr_t use;
    struct place *place = find(handle, &use);
    if (place == NULL) return LR_CLOSED;
    pthread_mutex_lock(&lock);
    bool is_last = !place->is_taken && place->last_use == use;
    if (is_last) {
        size_t count = strlen(place->failure);
        if (count >= bytes) count = bytes - 1;
        memcpy(text, place->failure, count);
        text[count] = 0;
    }
    pthread_mutex_unlock(&lock);
    return is_last ? LR_OK : LR_CLOSED;
}

/* Null where no handle was ever like this. */
static struct place *find(lr_recorder *handle, uintptr_t *use) {
    uintptr_t bits = (uintptr_t)handle, index = bits & ((1 << INDEX_BITS) - 1);
    *use = bits >> INDEX_BITS;
    return index == 0 || index > LR_MAXIMUM_RECORDERS || *use == 0 ? NULL : &places[index - 1];
}

/* The place may have been closed by another thread, to which it was handed over, since it was looked at. */
static int get_inside(struct place *place, uintptr_t use) {
    if (atomic_exchange_explicit(&place->is_inside, true, memory_order_acquire)) return LR_WRONG_THREAD;
    if (atomic_load_explicit(&place->use, memory_order_acquire) == use) return LR_OK;
    atomic_store_explicit(&place->is_inside, false, memory_order_release);
    return LR_CLOSED;
}

/* No system call, and, unlike a thread-local variable of a library, no memory at its first use. */
static uintptr_t this_thread(void) { return (uintptr_t)pthread_self(); }
