#pragma once
/* What a program without a library sees of the environment: what it would have seen (contract C4). */
#include <stdint.h>

/* Takes our entry of LD_PRELOAD and every CAPKEEP_ variable out. Returns 0, or -1 with the reason on stderr. */
int ck_environment_strip(void);

/*
 * The same, but with `library` preloaded once more, to lower `lower_mask` when the program has started
 * (Descendants=no). As above.
 */
int ck_environment_lower(const char *library, uint64_t lower_mask);
