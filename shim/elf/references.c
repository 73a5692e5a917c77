#include "references.h"

#include <string.h>

#if UINTPTR_MAX == UINT64_MAX
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

const char ck_wrapped_names[CK_WRAPPED_COUNT][16] = {
#define CK_SYMBOL(name, family, need) #name,
#include "../symbols.def"
#undef CK_SYMBOL
};

int ck_wrapped_find(const char *name)
{
    for (int i = 0; i < CK_WRAPPED_COUNT; i++) {
        if (ck_wrapped_names[i][0] == name[0] && strcmp(ck_wrapped_names[i], name) == 0)
            return i;
    }
    return -1;
}

/* How many entries of DT_REL or DT_RELA, all at its beginning, name nothing. */
static size_t count_relative(const struct ck_loaded *loaded)
{
    for (const ElfW(Dyn) *dynamic = ck_loaded_dynamic(loaded->info); dynamic->d_tag != DT_NULL; dynamic++) {
        if (dynamic->d_tag == DT_RELACOUNT || dynamic->d_tag == DT_RELCOUNT)
            return dynamic->d_un.d_val;
    }
    return 0;
}

/* Both kinds of entries begin with r_offset and r_info. */
static bool visit_table(const struct ck_loaded *loaded, const struct ck_loaded_table *table, size_t first,
                        bool (*visit)(const struct ck_reference *, void *context), void *context)
{
    for (size_t at = first * table->entry_size; at + table->entry_size <= table->size; at += table->entry_size) {
        const ElfW(Rel) *entry = (const ElfW(Rel) *)(table->start + at);

        if (SYMBOL_OF(entry->r_info) == 0)
            continue;
        struct ck_reference reference = {
            .is_address = IS_ADDRESS(TYPE_OF(entry->r_info)),
            .name = loaded->strings + loaded->symbols[SYMBOL_OF(entry->r_info)].st_name,
            .place = (uintptr_t *)(loaded->info->dlpi_addr + entry->r_offset),
        };
        if (visit(&reference, context))
            return true;
    }
    return false;
}

bool ck_loaded_visit(const struct ck_loaded *loaded, bool (*visit)(const struct ck_reference *, void *context),
                     void *context)
{
    size_t relative = count_relative(loaded);

    return visit_table(loaded, &loaded->plt, 0, visit, context) ||
           visit_table(loaded, &loaded->rel, relative, visit, context) ||
           visit_table(loaded, &loaded->rela, relative, visit, context);
}

/* Of a name's first letter; what is no small letter shares one. */
static uint32_t letter_bit(const char *name)
{
    return UINT32_C(1) << (*name >= 'a' && *name <= 'z' ? *name - 'a' : 31);
}

/* A road to what is wrapped, or to a module that may have one. Most names begin with none of the letters. */
static bool is_wanted(const struct ck_reference *reference, void *context)
{
    const uint32_t *letters = context;

    return (*letters & letter_bit(reference->name)) != 0 &&
           (ck_wrapped_find(reference->name) >= 0 || strcmp(reference->name, "dlsym") == 0 ||
            strcmp(reference->name, "dlvsym") == 0);
}

static int look_in(struct dl_phdr_info *info, size_t size, void *context)
{
    struct ck_loaded object;

    (void)size; /* both C libraries have the fields */
    return !ck_loaded_contains(info, (uintptr_t)ck_wrapped_names) && ck_loaded_read(info, &object) &&
           ck_loaded_visit(&object, is_wanted, context);
}

bool ck_is_wanted(void)
{
    uint32_t letters = letter_bit("dlsym");

    for (int i = 0; i < CK_WRAPPED_COUNT; i++)
        letters |= letter_bit(ck_wrapped_names[i]);
    return dl_iterate_phdr(look_in, &letters) != 0;
}

/* The first object is the program itself: ends the walk. */
static int look_at_program(struct dl_phdr_info *info, size_t size, void *context)
{
    static const char name[] = "capkeep_command";
    struct ck_loaded program;

    (void)size; /* as above */
    *(bool *)context = ck_loaded_read(info, &program) && program.hash != NULL &&
                       ck_loaded_find(&program, name, ck_loaded_hash(name)) != NULL;
    return 1;
}

bool ck_is_command(void)
{
    bool is_command = false;

    (void)dl_iterate_phdr(look_at_program, &is_command); /* what it answers is our own 1 */
    return is_command;
}
