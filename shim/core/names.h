#pragma once
/* Capability names. The table is generated from libcap when capkeep is built: names_table.h. */
#include <stddef.h>

/* "cap_chown" for 0, and so on; NULL where the libcap of the build knew no name. */
const char *ck_cap_name(unsigned cap);

/*
 * The number of a capability written with or without "cap_", in any case, or as a number up to 63; -1 if it is none.
 */
int ck_cap_from_text(const char *text, size_t length);

/* The known name nearest to `text` (fewest letters to change), for an error message; never NULL. */
const char *ck_cap_nearest(const char *text, size_t length);
