#include "real.h"

#include <dlfcn.h>
#include <sys/mman.h>

union ck_real_page ck_real_page __attribute__((aligned(64 * 1024)));

void ck_real_resolve(bool *ret_glibc)
{
    /* POSIX lets dlsym's result stand for a function; ISO C has no such cast, so the bits are copied. */
#define CK_SYMBOL(name, family, need) *(void **)&ck_real.name = dlsym(RTLD_NEXT, #name);
#include "../symbols.def"
#undef CK_SYMBOL
    *ret_glibc = dlsym(RTLD_DEFAULT, "gnu_get_libc_version") != NULL;
}

void ck_real_seal(void)
{
    if (mprotect(&ck_real_page, sizeof(ck_real_page), PROT_READ) < 0)
        return; /* see ck_init() */
}
