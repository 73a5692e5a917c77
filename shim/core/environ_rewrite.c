/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "environ_rewrite.h"

#include <string.h>

#include "put_back.h"
#include "runtime.h"

#define PRELOAD "LD_PRELOAD="
#define PRELOAD_LENGTH (sizeof(PRELOAD) - 1)
#define OURS "CAPKEEP_"

const char *ck_environ_find(char *const *envp, const char *name)
{
    size_t length = strlen(name);

    for (; envp != NULL && *envp != NULL; envp++) {
        if (**envp == *name && strncmp(*envp, name, length) == 0 && (*envp)[length] == '=')
            return *envp + length + 1;
    }
    return NULL;
}

bool ck_environ_is_ours(const char *string)
{
    return strncmp(string, OURS, sizeof(OURS) - 1) == 0;
}

bool ck_environ_is_put_back(const char *string)
{
    static const char name[] = CK_VARIABLE_PUT_BACK "=";

    return strncmp(string, name, sizeof(name) - 1) == 0;
}

static bool is_preload(const char *string)
{
    return strncmp(string, PRELOAD, PRELOAD_LENGTH) == 0;
}

/* ld.so(8): the items of the list are separated by spaces or colons, and there is no way to escape either. */
static size_t entry_length(const char *list)
{
    const char *end = list;

    while (*end != '\0' && *end != ' ' && *end != ':')
        end++;
    return (size_t)(end - list);
}

static bool is_our_entry(const char *entry, size_t length)
{
    const size_t name_length = sizeof(CK_LIBRARY_NAME) - 1;

    if (length < name_length)
        return false;
    const char *name = entry + (length - name_length);
    return memcmp(name, CK_LIBRARY_NAME, name_length) == 0 && (name == entry || name[-1] == '/');
}

size_t ck_preload_find(const char *list, const char **ret_entry)
{
    while (*list != '\0') {
        size_t length = entry_length(list);

        if (is_our_entry(list, length)) {
            *ret_entry = list;
            return length;
        }
        list += length;
        if (*list != '\0')
            list++;
    }
    return 0;
}

/* Where the next string and the next pointer go. What does not fit is not written. */
struct room {
    char *byte;
    char *end;
    char **pointer;
    char **last; /* where the NULL goes at the latest */
    bool fits;
};

static void put(struct room *room, const char *text, size_t length)
{
    room->fits = room->fits && length <= (size_t)(room->end - room->byte);
    if (!room->fits)
        return;
    memmove(room->byte, text, length); /* a list may be stripped in its place */
    room->byte += length;
}

static void put_pointer(struct room *room, char *string)
{
    if (room->pointer == room->last)
        room->fits = false;
    else
        *room->pointer++ = string;
}

static void put_item(struct room *room, bool *is_first, char separator, const char *item, size_t length)
{
    if (!*is_first)
        put(room, &separator, 1);
    put(room, item, length);
    *is_first = false;
}

/*
 * Where our entry goes: where one is already, for somebody has put it there; else in front, as the first definition of a
 * symbol is the one that counts, but not before a library that stops the program then.
 */
static const char *find_place(const char *list)
{
    const char *entry;
    size_t length;

    if (ck_preload_find(list, &entry) > 0)
        return entry;
    while ((length = entry_length(list)) > 0 && ck_runtime_is_first(list, length)) {
        list += length;
        if (*list != '\0')
            list++;
    }
    return list;
}

/*
 * Writes "LD_PRELOAD=" and the list without our entries, but with `ours` in its place where that is not NULL. What
 * separates the others stays. Returns whether anything is in the list.
 */
static bool put_list(struct room *room, const char *list, const char *ours)
{
    const char *place = ours != NULL ? find_place(list) : NULL;
    bool is_placed = ours == NULL;
    bool is_first = true;
    char separator = ':';

    put(room, PRELOAD, PRELOAD_LENGTH);
    const char *start = room->byte;
    for (;;) {
        size_t length = entry_length(list);
        bool is_ours = is_our_entry(list, length);

        if (list == place) {
            put_item(room, &is_first, is_ours ? separator : ':', ours, strlen(ours));
            is_placed = true;
        }
        if (!is_ours && !(list == place && *list == '\0'))
            put_item(room, &is_first, separator, list, length);
        list += length;
        if (*list == '\0')
            break;
        separator = *list++;
    }
    if (!is_placed)
        put_item(room, &is_first, ':', ours, strlen(ours));
    bool any = room->byte > start;
    put(room, "", 1);
    return any;
}

bool ck_preload_strip(const char *string, char *buffer)
{
    struct room room = {.byte = buffer, .fits = true};

    room.end = buffer + strlen(string) + 1;
    return put_list(&room, string + PRELOAD_LENGTH, NULL);
}

/* Another thread may be changing it: what was seen is what is meant. NULL behind the last, and of no environment. */
static char *string_at(char *const *entry)
{
    return entry == NULL ? NULL : *(char *const volatile *)entry;
}

static bool same_name(const char *a, const char *b)
{
    const char *end = strchr(a, '=');

    return end != NULL && strncmp(a, b, (size_t)(end - a) + 1) == 0;
}

static bool contains(char *const *envp, const char *var)
{
    const char *string;

    for (; (string = string_at(envp)) != NULL; envp++) {
        if (same_name(var, string))
            return true;
    }
    return false;
}

/*
 * Whether this LD_PRELOAD already carries us in the very form in which we go along. A relative path that the launcher
 * was started with would be looked for in the program's working directory, so it is replaced.
 */
static bool carries_us(const char *string, const struct ck_carry *carry)
{
    const char *entry;
    size_t length = ck_preload_find(string + PRELOAD_LENGTH, &entry);

    if (length == 0)
        return false;
    bool relative = entry[0] != '/' && memchr(entry, '/', length) != NULL;
    return carry->preload == NULL || !relative;
}

static bool string_changes(enum ck_environ_mode mode, const struct ck_carry *carry, const char *string)
{
    const char *entry;

    if (is_preload(string) && mode == CK_ENVIRON_STRIP)
        return ck_preload_find(string + PRELOAD_LENGTH, &entry) != 0;
    if (is_preload(string))
        return carry->preload != NULL && !carries_us(string, carry);
    return mode == CK_ENVIRON_CARRY ? ck_environ_is_put_back(string) : ck_environ_is_ours(string);
}

bool ck_environ_has_library(char *const *envp)
{
    const char *string;
    const char *entry;

    for (; (string = string_at(envp)) != NULL; envp++) {
        if (is_preload(string) && ck_preload_find(string + PRELOAD_LENGTH, &entry) > 0)
            return true;
    }
    return false;
}

/* Whether a variable has to be added, and is not just there already. */
static bool is_added(enum ck_environ_mode mode, char *const *envp, const char *var)
{
    return mode == CK_ENVIRON_LOWER || (mode == CK_ENVIRON_CARRY && !contains(envp, var));
}

bool ck_environ_suits_runtime(char *const *envp)
{
    static const char unchecked[] = "verify_asan_link_order=0";
    const char *list = ck_environ_find(envp, "LD_PRELOAD");
    const char *options = ck_environ_find(envp, "ASAN_OPTIONS");

    if (list != NULL && ck_runtime_is_first(list, entry_length(list)))
        return true;
    for (; options != NULL && *options != '\0'; options++) {
        if (strncmp(options, unchecked, sizeof(unchecked) - 1) == 0)
            return true;
    }
    return false;
}

void ck_environ_measure(enum ck_environ_mode mode, const struct ck_carry *carry, char *const *envp,
                        struct ck_environ_need *ret_need)
{
    bool preload_seen = false;
    size_t ours_length = carry->preload != NULL ? strlen(carry->preload) + 1 : 0;
    const char *string;

    *ret_need = (struct ck_environ_need){.same = true, .pointers = 1};
    for (char *const *entry = envp; (string = string_at(entry)) != NULL; entry++) {
        ret_need->pointers++;
        preload_seen |= is_preload(string);
        if (!string_changes(mode, carry, string))
            continue;
        ret_need->same = false;
        if (is_preload(string))
            ret_need->bytes += strlen(string) + 1 + ours_length;
    }
    if (mode == CK_ENVIRON_STRIP)
        return;
    if (!preload_seen && carry->preload != NULL)
        ret_need->same = false;
    ret_need->pointers++; /* LD_PRELOAD */
    ret_need->bytes += PRELOAD_LENGTH + ours_length;
    for (unsigned i = 0; i < carry->count; i++) {
        ret_need->pointers++;
        ret_need->same &= !is_added(mode, envp, carry->vars[i]);
    }
    if (carry->put_back != NULL) {
        ret_need->pointers++;
        ret_need->same = false;
    }
}

/* Returns the LD_PRELOAD string to use, as the mode wants it, or NULL for none. */
static char *rewrite_preload(enum ck_environ_mode mode, const struct ck_carry *carry, char *string, struct room *room)
{
    char *result = room->byte;

    if (!string_changes(mode, carry, string))
        return string;
    bool any = put_list(room, string + PRELOAD_LENGTH, mode == CK_ENVIRON_STRIP ? NULL : carry->preload);
    return any ? result : NULL;
}

bool ck_environ_write(enum ck_environ_mode mode, const struct ck_carry *carry, char *const *envp,
                      const struct ck_environ_need *need, char **pointers, char *bytes)
{
    struct room room = {.byte = bytes, .pointer = pointers, .last = pointers + need->pointers - 1, .fits = true};
    bool preload_seen = false;
    char *string;

    room.end = bytes + need->bytes;
    for (char *const *entry = envp; room.fits && (string = string_at(entry)) != NULL; entry++) {
        if (is_preload(string)) {
            preload_seen = true;
            string = rewrite_preload(mode, carry, string, &room);
        } else if (string_changes(mode, carry, string)) {
            string = NULL;
        }
        if (string != NULL)
            put_pointer(&room, string);
    }
    if (mode != CK_ENVIRON_STRIP && !preload_seen && carry->preload != NULL) {
        put_pointer(&room, room.byte);
        (void)put_list(&room, "", carry->preload); /* it is never empty */
    }
    for (unsigned i = 0; i < carry->count; i++) {
        if (is_added(mode, envp, carry->vars[i]))
            put_pointer(&room, (char *)carry->vars[i]);
    }
    if (mode != CK_ENVIRON_STRIP && carry->put_back != NULL)
        put_pointer(&room, (char *)carry->put_back);
    *room.pointer = NULL;
    return room.fits;
}
