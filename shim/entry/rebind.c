#include "rebind.h"

#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

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

/* One wrapped function. */
struct binding {
    const char *name;
    void *real;
    void *wrapper;
    bool is_found; /* the C library's is what the loaded object finds under this name */
};

#define BINDING_COUNT_MAX 64U

struct search {
    struct binding bindings[BINDING_COUNT_MAX];
    size_t count;
    uintptr_t page; /* size */
};

/* What of an object's dynamic section counts here. */
struct object {
    const struct dl_phdr_info *info;
    const char *strings;
    const ElfW(Sym) * symbols;
};

struct table {
    uintptr_t start;
    size_t size;
    size_t entry_size;
};

static const struct binding *find(const struct search *search, const char *name)
{
    for (size_t i = 0; i < search->count; i++) {
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

static bool is_inside(const struct dl_phdr_info *info, uintptr_t place)
{
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

        if (segment->p_type == PT_LOAD && place - info->dlpi_addr - segment->p_vaddr < segment->p_memsz)
            return true;
    }
    return false;
}

static void point(const struct search *search, const struct dl_phdr_info *info, uintptr_t *slot, void *wrapper)
{
    uintptr_t page = (uintptr_t)slot & ~(search->page - 1);
    bool relro = is_relro(info, (uintptr_t)slot);

    /* Refused, the module keeps what RTLD_DEEPBIND gave it. */
    if (relro && mprotect((void *)page, search->page, PROT_READ | PROT_WRITE) < 0)
        return;
    *slot = (uintptr_t)wrapper;
    if (relro)
        (void)mprotect((void *)page, search->page, PROT_READ); /* it was so a moment ago */
}

/* A slot holds the C library's function or, until the first call, the address of the object's own stub (lazy binding). */
static void look_at_slot(const struct search *search, const struct object *object, uintptr_t place, size_t symbol)
{
    uintptr_t *slot = (uintptr_t *)(object->info->dlpi_addr + place);
    const struct binding *binding = find(search, object->strings + object->symbols[symbol].st_name);

    if (binding == NULL || !is_inside(object->info, (uintptr_t)slot))
        return;
    if (*slot == (uintptr_t)binding->real || (binding->is_found && is_inside(object->info, *slot)))
        point(search, object->info, slot, binding->wrapper);
}

/* Both kinds of entries begin with r_offset and r_info. */
static void look_at_table(const struct search *search, const struct object *object, const struct table *table)
{
    for (size_t at = 0; table->entry_size != 0 && at + table->entry_size <= table->size; at += table->entry_size) {
        const ElfW(Rel) *entry = (const ElfW(Rel) *)(table->start + at);

        if (IS_ADDRESS(TYPE_OF(entry->r_info)))
            look_at_slot(search, object, entry->r_offset, SYMBOL_OF(entry->r_info));
    }
}

/* glibc has made these addresses absolute when it loaded the object, but for those of the vDSO. */
static uintptr_t absolute(const struct dl_phdr_info *info, ElfW(Addr) address)
{
    return is_inside(info, address) ? address : info->dlpi_addr + address;
}

static void look_at_object(const struct search *search, const struct dl_phdr_info *info, const ElfW(Dyn) * dynamic)
{
    struct object object = {.info = info};
    struct table plt = {0};
    struct table rel = {0};
    struct table rela = {0};

    rel.entry_size = sizeof(ElfW(Rel));
    rela.entry_size = sizeof(ElfW(Rela));
    for (; dynamic->d_tag != DT_NULL; dynamic++) {
        switch (dynamic->d_tag) {
        case DT_STRTAB:
            object.strings = (const char *)absolute(info, dynamic->d_un.d_ptr);
            break;
        case DT_SYMTAB:
            object.symbols = (const ElfW(Sym) *)absolute(info, dynamic->d_un.d_ptr);
            break;
        case DT_JMPREL:
            plt.start = absolute(info, dynamic->d_un.d_ptr);
            break;
        case DT_PLTRELSZ:
            plt.size = dynamic->d_un.d_val;
            break;
        case DT_PLTREL:
            plt.entry_size = dynamic->d_un.d_val == DT_RELA ? sizeof(ElfW(Rela)) : sizeof(ElfW(Rel));
            break;
        case DT_REL:
            rel.start = absolute(info, dynamic->d_un.d_ptr);
            break;
        case DT_RELSZ:
            rel.size = dynamic->d_un.d_val;
            break;
        case DT_RELA:
            rela.start = absolute(info, dynamic->d_un.d_ptr);
            break;
        case DT_RELASZ:
            rela.size = dynamic->d_un.d_val;
            break;
        default:
            break;
        }
    }
    if (object.strings == NULL || object.symbols == NULL)
        return;
    look_at_table(search, &object, &plt);
    look_at_table(search, &object, &rel);
    look_at_table(search, &object, &rela);
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

    (void)dl_iterate_phdr(count_loads, &loads); /* what the function answers is our own 1 */
    return loads;
}

static int look_at_each(struct dl_phdr_info *info, size_t size, void *context)
{
    const struct search *search = context;

    (void)size; /* as above */
    for (int i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
            look_at_object(search, info, (const ElfW(Dyn) *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr));
    }
    return 0;
}

void ck_rebind(void *handle, unsigned long long loads)
{
    const struct binding bindings[] = {
#define CK_SYMBOL(name, family, need) {#name, *(void **)&ck_real.name, (void *)(uintptr_t)&name, false},
#include "../symbols.def"
#undef CK_SYMBOL
    };
    struct search search = {.page = (uintptr_t)getpagesize()};

    _Static_assert(sizeof(bindings) <= sizeof(search.bindings), "BINDING_COUNT_MAX is too small");
    if (ck_rebind_count_loads() == loads)
        return;
    /* Asked beforehand: dl_iterate_phdr holds a lock under which dlsym would wait for another thread's dlopen. */
    for (size_t i = 0; i < sizeof(bindings) / sizeof(bindings[0]); i++) {
        if (bindings[i].real == NULL)
            continue;
        search.bindings[search.count] = bindings[i];
        search.bindings[search.count++].is_found = dlsym(handle, bindings[i].name) == bindings[i].real;
    }
    (void)dl_iterate_phdr(look_at_each, &search); /* it answers what look_at_each does, 0 */
    (void)dlerror();                              /* what a look-up above may have left for the caller */
}
