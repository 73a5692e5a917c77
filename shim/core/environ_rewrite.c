#include "environ_rewrite.h"

#include <string.h>

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

    if (length < name_length || memcmp(entry + length - name_length, CK_LIBRARY_NAME, name_length) != 0)
        return false;
    return length == name_length || entry[length - name_length - 1] == '/';
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

bool ck_preload_strip(const char *string, char *buffer)
{
    const char *list = string + PRELOAD_LENGTH;
    size_t at = PRELOAD_LENGTH;
    bool any = false;
    char separator = '\0';

    memmove(buffer, PRELOAD, PRELOAD_LENGTH);
    for (;;) {
        size_t length = entry_length(list);

        if (!is_our_entry(list, length)) {
            if (any)
                buffer[at++] = separator;
            memmove(buffer + at, list, length);
            at += length;
            any = true;
        }
        list += length;
        if (*list == '\0')
            break;
        separator = *list++;
    }
    buffer[at] = '\0';
    return at > PRELOAD_LENGTH;
}

static bool same_name(const char *a, const char *b)
{
    const char *end = strchr(a, '=');

    return end != NULL && strncmp(a, b, (size_t)(end - a) + 1) == 0;
}

static bool contains(char *const *envp, const char *var)
{
    for (; envp != NULL && *envp != NULL; envp++) {
        if (same_name(var, *envp))
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
    return mode != CK_ENVIRON_CARRY && ck_environ_is_ours(string);
}

/* Whether a variable has to be added, and is not just there already. */
static bool is_added(enum ck_environ_mode mode, char *const *envp, const char *var)
{
    return mode == CK_ENVIRON_LOWER || (mode == CK_ENVIRON_CARRY && !contains(envp, var));
}

void ck_environ_measure(enum ck_environ_mode mode, const struct ck_carry *carry, char *const *envp,
                        struct ck_environ_need *ret_need)
{
    bool preload_seen = false;
    size_t ours_length = carry->preload != NULL ? strlen(carry->preload) + 1 : 0;

    *ret_need = (struct ck_environ_need){.same = true, .pointers = 1};
    for (char *const *entry = envp; entry != NULL && *entry != NULL; entry++) {
        ret_need->pointers++;
        preload_seen |= is_preload(*entry);
        if (!string_changes(mode, carry, *entry))
            continue;
        ret_need->same = false;
        if (is_preload(*entry))
            ret_need->bytes += strlen(*entry) + 1 + ours_length;
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
}

/*
 * Writes "LD_PRELOAD=" ours ":" rest, ours in front, as the first definition of a symbol is the one that counts. `rest`
 * already lies where it belongs in `bytes`. Returns the byte after the string.
 */
static char *put_in_front(const char *ours, size_t rest_length, char *bytes)
{
    size_t length = strlen(ours);
    char *end = bytes + PRELOAD_LENGTH + length;

    memcpy(bytes, PRELOAD, PRELOAD_LENGTH);
    memcpy(bytes + PRELOAD_LENGTH, ours, length);
    if (rest_length == 0) {
        *end = '\0';
        return end + 1;
    }
    *end = ':';
    return end + 1 + rest_length + 1;
}

/* Writes one LD_PRELOAD string as the mode wants it; returns the string to use, or NULL for none, and moves *bytes. */
static char *rewrite_preload(enum ck_environ_mode mode, const struct ck_carry *carry, char *string, char **bytes)
{
    char *result = *bytes;

    if (!string_changes(mode, carry, string))
        return string;
    if (mode == CK_ENVIRON_STRIP) {
        bool any = ck_preload_strip(string, result);
        *bytes += strlen(result) + 1;
        return any ? result : NULL;
    }
    /* Stripped so far to the right that the list lies behind the place of our entry. */
    char *stripped = result + strlen(carry->preload) + 1;
    (void)ck_preload_strip(string, stripped); /* an empty list is told by its length */
    *bytes = put_in_front(carry->preload, strlen(stripped + PRELOAD_LENGTH), result);
    return result;
}

void ck_environ_write(enum ck_environ_mode mode, const struct ck_carry *carry, char *const *envp, char **pointers,
                      char *bytes)
{
    bool preload_seen = false;

    for (char *const *entry = envp; entry != NULL && *entry != NULL; entry++) {
        char *string = *entry;

        if (is_preload(string)) {
            preload_seen = true;
            string = rewrite_preload(mode, carry, string, &bytes);
        } else if (string_changes(mode, carry, string)) {
            string = NULL;
        }
        if (string != NULL)
            *pointers++ = string;
    }
    if (mode != CK_ENVIRON_STRIP && !preload_seen && carry->preload != NULL) {
        (void)put_in_front(carry->preload, 0, bytes); /* nothing is written after it */
        *pointers++ = bytes;
    }
    for (unsigned i = 0; i < carry->count; i++) {
        if (is_added(mode, envp, carry->vars[i]))
            *pointers++ = (char *)carry->vars[i];
    }
    *pointers = NULL;
}
