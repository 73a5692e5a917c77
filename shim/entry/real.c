#include "real.h"

#include <dlfcn.h>
#include <sys/mman.h>

#include "../cold/state.h"

union ck_real_page ck_real_page __attribute__((aligned(64 * 1024)));

static void resolve(void)
{
    /* POSIX lets dlsym's result stand for a function; ISO C has no such cast, so the bits are copied. */
#define CK_SYMBOL(name, family, need) *(void **)&ck_real.name = dlsym(RTLD_NEXT, #name);
#include "../symbols.def"
#undef CK_SYMBOL
}

void ck_entry_start(void)
{
    if (ck_sealed.state.started)
        return;
    ck_sealed.state.started = true;
    resolve();
    ck_init(dlsym(RTLD_DEFAULT, "gnu_get_libc_version") != NULL);
    if (mprotect(&ck_real_page, sizeof(ck_real_page), PROT_READ) < 0)
        return; /* see ck_init() */
}

__attribute__((constructor)) static void load(void)
{
    ck_entry_start();
}
