#include "floating_point.h"

#if defined(__x86_64__) || defined(__SSE2__)
#include <xmmintrin.h>
#define ROUNDING 0x6000u
#define FLUSHING 0x8040u /* results, and operands */
static unsigned control(void) { return _mm_getcsr() & (ROUNDING | FLUSHING); }
static void set_control(unsigned bits) { _mm_setcsr((_mm_getcsr() & ~(ROUNDING | FLUSHING)) | bits); }
#elif defined(__aarch64__)
#define FLUSHING (1ull << 24)
#define ROUNDING (3ull << 22)
static unsigned long long fpcr(void) {
    unsigned long long bits;
    __asm__ volatile("mrs %0, fpcr" : "=r"(bits));
    return bits;
}
static unsigned long long control(void) { return fpcr() & (ROUNDING | FLUSHING); }
static void set_control(unsigned long long bits) {
    unsigned long long all = (fpcr() & ~(ROUNDING | FLUSHING)) | bits;
    __asm__ volatile("msr fpcr, %0" : : "r"(all));
}
#else
#define FLUSHING 0
static int control(void) { return fegetround() != FE_TONEAREST; }
static void set_control(int bits) { (void)bits; }
#endif

bool lr_floating_point_is_default(void) { return control() == 0; }

lr_floating_point lr_floating_point_set_default(void) {
    lr_floating_point saved;
    fegetenv(&saved.environment);
    fesetround(FE_TONEAREST);
    set_control(0);
    return saved;
}

void lr_floating_point_restore(const lr_floating_point *saved) { fesetenv(&saved->environment); }

bool lr_floating_point_perturb(int kind) {
    switch (kind) {
    case 1: fesetround(FE_UPWARD); break;
    case 2: fesetround(FE_DOWNWARD); break;
    case 3: fesetround(FE_TOWARDZERO); break;
    case 4: set_control(FLUSHING); break;
    default: break;
    }
    return !lr_floating_point_is_default();
}
