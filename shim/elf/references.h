#pragma once
/* What a loaded object refers to, and the names of what is wrapped. */
#include "loaded.h"

/* A relocation that names something. */
struct ck_reference {
    const char *name;
    uintptr_t *place;
    bool is_address; /* the bare address of a function is kept there: for a call, as a pointer, in a table */
};

/* Calls `visit` for each of them until it returns true, and returns whether it has. */
bool ck_loaded_visit(const struct ck_loaded *loaded, bool (*visit)(const struct ck_reference *, void *context),
                     void *context);

/* The wrapped functions, in the order of symbols.def. */
enum {
#define CK_SYMBOL(name, family, need) CK_WRAPPED_##name,
#include "../symbols.def"
#undef CK_SYMBOL
    CK_WRAPPED_COUNT
};

extern const char ck_wrapped_names[CK_WRAPPED_COUNT][16];

/* The number of the one with this name; -1 if there is none. */
int ck_wrapped_find(const char *name);

/* Whether something in this process refers to what is wrapped, or may load what does. */
bool ck_is_wanted(void);

/*
 * Whether this is the capkeep command, which exports a name for it. What it executes is its own affair: were the library
 * at work in it, what is out of reach would be executed through capkeep again and again.
 */
bool ck_is_command(void);
