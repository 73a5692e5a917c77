#pragma once
/*
 * Modules that were loaded with RTLD_DEEPBIND prefer the C library's own functions to every preloaded one (dlopen(3)).
 * What they prefer among their own libraries stays as it is; their references to the wrapped functions of the C library
 * are pointed at the wrappers. Runs at dlopen, in the caller's thread; never between fork and exec.
 */

/* How often an object has been loaded into this process. */
unsigned long long ck_rebind_count_loads(void);

/* Looks at the objects that were loaded since there were `loads`, for `handle`, which dlopen has returned. */
void ck_rebind(void *handle, unsigned long long loads);
