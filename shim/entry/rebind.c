#include "rebind.h"

#include <string.h>
#include <sys/mman.h>

#include "../hot/sys.h"
#include "references.h"
#include "real.h"

/* One wrapped function. */
struct binding {
    void *real;
    void *wrapper; /* what the module would have been bound to without RTLD_DEEPBIND: ours, or one in front of it */
    bool is_found; /* the C library's is what the loaded object finds under this name */
};

struct search {
    const struct dl_phdr_info *info;           /* of the object that is looked at */
    struct binding bindings[CK_WRAPPED_COUNT]; /* in the order of symbols.def */
    uintptr_t page;                            /* size */
};

/* Relocated read-only after loading (PT_GNU_RELRO), and so to be opened for a write. */
static bool is_relro(const struct dl_phdr_info *info, uintptr_t place)
{
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

        if (segment->p_type == PT_GNU_RELRO && place - info->dlpi_addr - segment->p_vaddr < segment->p_memsz)
            return true;
    }
    return false;
}

static void point(const struct search *search, const struct dl_phdr_info *info, uintptr_t *slot, void *wrapper)
{
    uintptr_t page = (uintptr_t)slot & ~(search->page - 1);
    bool relro = is_relro(info, (uintptr_t)slot);

    /* Refused, the module keeps what RTLD_DEEPBIND gave it. */
    if (relro && ck_sys_mprotect((void *)page, search->page, PROT_READ | PROT_WRITE) < 0)
        return;
    *slot = (uintptr_t)wrapper;
    if (relro)
        (void)ck_sys_mprotect((void *)page, search->page, PROT_READ); /* it was so a moment ago */
}

/* A slot holds the C library's function or, until the first call, the address of the object's own stub (lazy binding). */
static bool look_at_slot(const struct ck_reference *reference, void *context)
{
    const struct search *search = context;
    int number = ck_wrapped_find(reference->name);

    if (number < 0 || !reference->is_address || !ck_loaded_contains(search->info, (uintptr_t)reference->place))
        return false;
    const struct binding *binding = &search->bindings[number];
    uintptr_t value = *reference->place;
    if (binding->real != NULL &&
        (value == (uintptr_t)binding->real || (binding->is_found && ck_loaded_contains(search->info, value))))
        point(search, search->info, reference->place, binding->wrapper);
    return false;
}

static int count_loads(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size; /* both C libraries have the field */
    *(unsigned long long *)context = info->dlpi_adds;
    return 1;
}

unsigned long long ck_rebind_count_loads(void)
{
    unsigned long long loads = 0;

    (void)ck_real.dl_iterate_phdr(count_loads, &loads); /* what the function answers is our own 1 */
    return loads;
}

static int look_at_each(struct dl_phdr_info *info, size_t size, void *context)
{
    struct search *search = context;
    struct ck_loaded object;

    (void)size; /* as above */
    search->info = info;
    return ck_loaded_read(info, &object) && ck_loaded_visit(&object, look_at_slot, search);
}

void ck_rebind(void *handle, unsigned long long loads)
{
    struct search search = {.page = ck_sealed.state.page_size};

    if (ck_rebind_count_loads() == loads)
        return;
    /* Asked beforehand: dl_iterate_phdr holds a lock under which dlsym would wait for another thread's dlopen. */
    for (int i = 0; i < CK_WRAPPED_COUNT; i++) {
        const char *name = ck_wrapped_names[i];
        void *real = ck_real.dlsym(RTLD_NEXT, name);

        search.bindings[i] = (struct binding){
            .real = real,
            .wrapper = ck_real.dlsym(RTLD_DEFAULT, name),
            .is_found = real != NULL && ck_real.dlsym(handle, name) == real,
        };
    }
    (void)ck_real.dl_iterate_phdr(look_at_each, &search); /* it answers what look_at_each does, no */
    (void)ck_real.dlerror();                              /* what a look-up above may have left for the caller */
}
