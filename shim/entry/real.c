#include "real.h"

#include <string.h>
#include <sys/auxv.h>

#include "../elf/loaded.h"
#include "../elf/references.h"

/* Arrays, not pointers: the table needs no relocation. In the order of struct ck_real_calls. */
static const struct {
    uint32_t hash;
    bool is_optional;
    char name[27];
} names[] = {
#include "names_real.h"
};

enum { COUNT = sizeof(names) / sizeof(names[0]) };

_Static_assert(sizeof(struct ck_real_calls) == COUNT * sizeof(void *),
               "struct ck_real_calls and the names are of the same length");
_Static_assert(sizeof(struct ck_real_calls) <= sizeof(ck_sealed.state.real), "CK_REAL_MAX is too small");

struct look_up {
    void **pointers;
    bool is_behind; /* this library, in the order in which the loader looks names up */
    bool has_all;   /* that every C library has: what is missing then, this one does not have */
    struct ck_start start;
};

/*
 * From the end of what ld.so makes read-only by itself to the end of what comes from the file, in whole pages: above all
 * the table through which the functions that only the constructor calls are bound when it calls them.
 */
static void find_data(const struct dl_phdr_info *info, struct look_up *look_up)
{
    uintptr_t page_mask = ck_sealed.state.page_size - 1;
    uintptr_t start = 0;
    uintptr_t end = 0;

    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

        if (segment->p_type == PT_GNU_RELRO)
            start = segment->p_vaddr + segment->p_memsz;
        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_W) != 0 && segment->p_filesz > 0)
            end = segment->p_vaddr + segment->p_filesz;
    }
    if (start == 0 || end <= start)
        return;
    look_up->start.data = (info->dlpi_addr + start) & ~page_mask;
    look_up->start.data_size = ((info->dlpi_addr + end + page_mask) & ~page_mask) - look_up->start.data;
}

/*
 * What dlsym(RTLD_NEXT) would do for each name, all at once and at a tenth of the cost. It is asked itself for a function
 * that another one chooses at load, which is the loader's to call, and where an object's names are not in the usual table.
 */
static void look_names_up(struct look_up *look_up, const struct ck_loaded *object)
{
    look_up->has_all = true;
    for (size_t i = 0; i < COUNT; i++) {
        void **pointer = &look_up->pointers[i];
        const ElfW(Sym) *symbol = NULL;

        if (*pointer != NULL)
            continue;
        if (object->hash != NULL)
            symbol = ck_loaded_find(object, names[i].name, names[i].hash);
        if (object->hash == NULL || (symbol != NULL && (symbol->st_info & 0xf) == STT_GNU_IFUNC))
            *pointer = ck_next(names[i].name);
        else if (symbol != NULL)
            *pointer = (void *)(object->info->dlpi_addr + symbol->st_value);
        if (*pointer == NULL && !names[i].is_optional)
            look_up->has_all = false;
    }
}

/* Ends the walk with 1, when there is nothing more to find out. */
static int look_in(struct dl_phdr_info *info, size_t size, void *context)
{
    struct look_up *look_up = context;
    struct ck_loaded object;

    (void)size; /* both C libraries have the fields */
    if (look_up->is_behind && ck_loaded_read(info, &object)) {
        look_names_up(look_up, &object);
    } else if (ck_loaded_contains(info, (uintptr_t)names)) {
        look_up->is_behind = true;
        look_up->start.library = info->dlpi_name;
        find_data(info, look_up);
    }
    return look_up->has_all;
}

/* The library's own, for all of its calls, and not for those of others. */
__attribute__((visibility("hidden"))) void __stack_chk_fail(void)
{
    ck_real.__stack_chk_fail();
    __builtin_trap(); /* the C library's does not return */
}

void ck_entry_start(void)
{
    struct look_up look_up = {.pointers = ck_sealed.state.real};

    if (ck_sealed.state.started)
        return;
    ck_sealed.state.started = true;
    ck_sealed.state.page_size = getauxval(AT_PAGESZ);
    (void)dl_iterate_phdr(look_in, &look_up); /* what it answers is look_in's own */
    look_up.start.is_wanted = ck_is_wanted;
    look_up.start.is_command = ck_is_command;
    look_up.start.glibc = ck_real.gnu_get_libc_version != NULL;
    ck_init(&look_up.start);
}

__attribute__((constructor)) static void load(void)
{
    ck_entry_start();
}
