#include "rebind.h"

#include <string.h>
#include <sys/mman.h>

#include "../hot/sys.h"
#include "loaded.h"
#include "real.h"

#if __ELF_NATIVE_CLASS == 64
#define SYMBOL_OF(info) ELF64_R_SYM(info)
#define TYPE_OF(info) ELF64_R_TYPE(info)
#else
#define SYMBOL_OF(info) ELF32_R_SYM(info)
#define TYPE_OF(info) ELF32_R_TYPE(info)
#endif

/* The relocations that put the bare address of a function somewhere: by a call, by a pointer, in a table. */
#if defined(__x86_64__)
#define IS_ADDRESS(type) ((type) == R_X86_64_JUMP_SLOT || (type) == R_X86_64_GLOB_DAT || (type) == R_X86_64_64)
#elif defined(__i386__)
#define IS_ADDRESS(type) ((type) == R_386_JMP_SLOT || (type) == R_386_GLOB_DAT || (type) == R_386_32)
#elif defined(__aarch64__)
#define IS_ADDRESS(type) ((type) == R_AARCH64_JUMP_SLOT || (type) == R_AARCH64_GLOB_DAT || (type) == R_AARCH64_ABS64)
#endif

static const char names[][16] = {
#undef CK_SYMBOL
#define CK_SYMBOL(name, family, need) #name,
#include "../symbols.def"
};

enum { COUNT = sizeof(names) / sizeof(names[0]) };

/* One wrapped function. */
struct binding {
    const char *name;
    void *real;
    void *wrapper; /* what the module would have been bound to without RTLD_DEEPBIND: ours, or one in front of it */
    bool is_found; /* the C library's is what the loaded object finds under this name */
};

struct search {
    struct binding bindings[COUNT];
    uintptr_t page; /* size */
};

static const struct binding *find(const struct search *search, const char *name)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (strcmp(name, search->bindings[i].name) == 0)
            return &search->bindings[i];
    }
    return NULL;
}

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
static void look_at_slot(const struct search *search, const struct ck_loaded *object, uintptr_t place, size_t symbol)
{
    uintptr_t *slot = (uintptr_t *)(object->info->dlpi_addr + place);
    const struct binding *binding = find(search, object->strings + object->symbols[symbol].st_name);

    if (binding == NULL || !ck_loaded_contains(object->info, (uintptr_t)slot))
        return;
    if (binding->real != NULL &&
        (*slot == (uintptr_t)binding->real || (binding->is_found && ck_loaded_contains(object->info, *slot))))
        point(search, object->info, slot, binding->wrapper);
}

/* Both kinds of entries begin with r_offset and r_info. */
static void look_at_table(const struct search *search, const struct ck_loaded *object,
                          const struct ck_loaded_table *table)
{
    for (size_t at = 0; at + table->entry_size <= table->size; at += table->entry_size) {
        const ElfW(Rel) *entry = (const ElfW(Rel) *)(table->start + at);

        if (IS_ADDRESS(TYPE_OF(entry->r_info)))
            look_at_slot(search, object, entry->r_offset, SYMBOL_OF(entry->r_info));
    }
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
    const struct search *search = context;
    struct ck_loaded object;

    (void)size; /* as above */
    if (!ck_loaded_read(info, &object))
        return 0;
    look_at_table(search, &object, &object.plt);
    look_at_table(search, &object, &object.rel);
    look_at_table(search, &object, &object.rela);
    return 0;
}

void ck_rebind(void *handle, unsigned long long loads)
{
    struct search search = {.page = ck_sealed.state.page_size};

    if (ck_rebind_count_loads() == loads)
        return;
    /* Asked beforehand: dl_iterate_phdr holds a lock under which dlsym would wait for another thread's dlopen. */
    for (size_t i = 0; i < COUNT; i++) {
        void *real = ck_real.dlsym(RTLD_NEXT, names[i]);

        search.bindings[i] = (struct binding){
            .name = names[i],
            .real = real,
            .wrapper = ck_real.dlsym(RTLD_DEFAULT, names[i]),
            .is_found = real != NULL && ck_real.dlsym(handle, names[i]) == real,
        };
    }
    (void)ck_real.dl_iterate_phdr(look_at_each, &search); /* it answers what look_at_each does, 0 */
    (void)ck_real.dlerror();                              /* what a look-up above may have left for the caller */
}
