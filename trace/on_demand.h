#pragma once
/*
 * Libraries that some verbs need, loaded by those: loading all of them takes `capkeep run` longer than all else that it
 * does itself. Include this behind the library's own header, which has the functions' types.
 */
#include <stddef.h>

/*
 * Loads `library` (its soname, as for dlopen(3)) and looks `names` up, unless that has been done. Where one of them is
 * not there the command ends, with status 125 and the reason.
 */
void ck_on_demand(const char *library, const char *const *names, void **pointers, size_t count);

#define CK_ON_DEMAND_FIELD(name) __typeof__(&name) name;
#define CK_ON_DEMAND_NAME(name) #name,

/* Defines `loader`, which returns a table of FUNCTIONS(F): F(NAME) for each function of the library that is called. */
#define CK_ON_DEMAND(loader, library, FUNCTIONS)                                                                       \
    struct loader##_calls {                                                                                            \
        FUNCTIONS(CK_ON_DEMAND_FIELD)                                                                                  \
    };                                                                                                                 \
    static const struct loader##_calls *loader(void)                                                                   \
    {                                                                                                                  \
        static const char *const names[] = {FUNCTIONS(CK_ON_DEMAND_NAME)};                                             \
        static struct loader##_calls calls;                                                                            \
        ck_on_demand(library, names, (void **)&calls, sizeof(names) / sizeof(names[0]));                               \
        return &calls;                                                                                                 \
    }
