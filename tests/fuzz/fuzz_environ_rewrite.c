/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The environment of the next program. Input, strings that NUL separates: one of settings (the first byte is the mode),
 * our entry for LD_PRELOAD, one variable that goes along, and then the launcher's environment.
 */
#include <stdlib.h>
#include <string.h>

#include "../../shim/core/environ_rewrite.h"
#include "../../shim/core/put_back.h"
#include "fuzz.h"

#define STRINGS_MAX 64

struct input {
    enum ck_environ_mode mode;
    struct ck_carry carry;
    const char *carried[1];
    char *envp[STRINGS_MAX + 1];
    size_t count;
};

static bool is_our_preload(const char *string)
{
    const char *entry;

    return strncmp(string, "LD_PRELOAD=", 11) == 0 && ck_preload_find(string + 11, &entry) > 0;
}

static bool is_own_entry(const char *entry)
{
    const char *found;
    size_t length = ck_preload_find(entry, &found);

    return length > 0 && length == strlen(entry) && (entry[0] == '/' || strchr(entry, '/') == NULL);
}

static void read_input(char *text, size_t size, struct input *ret_input)
{
    char *strings[STRINGS_MAX];
    size_t count = 0;

    for (size_t at = 0; at < size && count < STRINGS_MAX; at += strlen(text + at) + 1)
        strings[count++] = text + at;
    *ret_input = (struct input){.mode = count > 0 ? (unsigned char)strings[0][0] % 3 : CK_ENVIRON_STRIP};
    if (count > 0 && strings[0][0] != '\0' && (strings[0][1] & 1) != 0)
        ret_input->carry.put_back = CK_VARIABLE_PUT_BACK "=1:2:3:4";
    /*
     * The library finds these itself: one entry that is its own, absolute or bare, and variables that are ours and
     * are handed on as they stand.
     */
    if (count > 1 && is_own_entry(strings[1]))
        ret_input->carry.preload = strings[1];
    if (count > 2 && ck_environ_is_ours(strings[2]) && strchr(strings[2], '=') != NULL &&
        !ck_environ_is_put_back(strings[2]))
        ret_input->carried[ret_input->carry.count++] = strings[2];
    ret_input->carry.vars = ret_input->carried;
    for (size_t i = 3; i < count; i++)
        ret_input->envp[ret_input->count++] = strings[i];
}

/* Every string that is not ours is there as it was, in its order. */
static void check_foreign(const struct input *input, char *const *result)
{
    for (size_t i = 0; i < input->count; i++) {
        const char *string = input->envp[i];

        if (ck_environ_is_ours(string) || strncmp(string, "LD_PRELOAD=", 11) == 0)
            continue;
        while (*result != NULL && *result != string)
            result++;
        FUZZ_REQUIRE(*result != NULL);
        result++;
    }
}

static void check_result(const struct input *input, char *const *result)
{
    unsigned ours = 0;
    bool preloaded = false;

    for (char *const *string = result; *string != NULL; string++) {
        ours += ck_environ_is_ours(*string);
        preloaded |= is_our_preload(*string);
    }
    check_foreign(input, result);
    if (input->mode == CK_ENVIRON_STRIP)
        FUZZ_REQUIRE(ours == 0 && !preloaded);
    else
        FUZZ_REQUIRE(ours >= input->carry.count && (preloaded || input->carry.preload == NULL));
    if (input->mode == CK_ENVIRON_LOWER)
        FUZZ_REQUIRE(ours == input->carry.count + (input->carry.put_back != NULL));
}

/* What was rewritten needs no rewriting; CK_ENVIRON_LOWER replaces its own variable by the same. */
static void check_again(const struct input *input, char *const *result)
{
    struct ck_environ_need again;

    ck_environ_measure(input->mode, &input->carry, result, &again);
    FUZZ_REQUIRE(again.same || (input->mode == CK_ENVIRON_LOWER && input->carry.count > 0) ||
                 (input->mode != CK_ENVIRON_STRIP && input->carry.put_back != NULL));
}

static void rewrite(const struct input *input)
{
    struct ck_environ_need need;
    char *const *envp = input->count > 0 ? input->envp : NULL;

    ck_environ_measure(input->mode, &input->carry, envp, &need);
    FUZZ_REQUIRE(need.pointers >= input->count + 1);
    /* Exactly as measured: what is written beyond is seen. */
    char **pointers = malloc(need.pointers * sizeof(*pointers));
    char *bytes = malloc(need.bytes);
    FUZZ_REQUIRE(ck_environ_write(input->mode, &input->carry, envp, &need, pointers, bytes));
    check_result(input, pointers);
    check_again(input, pointers);
    if (need.same) {
        for (size_t i = 0; i < input->count; i++)
            FUZZ_REQUIRE(pointers[i] == input->envp[i]);
        FUZZ_REQUIRE(pointers[input->count] == NULL);
    }
    free(pointers);
    free(bytes);
}

/* What is read as one is one, and what is written of it is read as the same. */
static void read_put_back(const char *value)
{
    struct ck_put_back put_back, again;
    char buffer[CK_PUT_BACK_SIZE];
    struct ck_text text = ck_text_start(buffer, sizeof(buffer));

    if (!ck_put_back_parse(value, &put_back))
        return;
    ck_put_back_format(&put_back, &text);
    FUZZ_REQUIRE(ck_put_back_parse(buffer + sizeof(CK_VARIABLE_PUT_BACK), &again));
    FUZZ_REQUIRE(memcmp(&put_back, &again, sizeof(again)) == 0);
}

/* As another thread may leave it between measuring and writing: measured with fewer strings. */
static void rewrite_grown(struct input *input, size_t count)
{
    struct ck_environ_need need;
    char *cut = input->envp[count];

    input->envp[count] = NULL;
    ck_environ_measure(input->mode, &input->carry, input->envp, &need);
    input->envp[count] = cut;
    char **pointers = malloc(need.pointers * sizeof(*pointers));
    char *bytes = malloc(need.bytes);
    if (ck_environ_write(input->mode, &input->carry, input->envp, &need, pointers, bytes))
        check_result(input, pointers);
    free(pointers);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    struct input input;

    read_input(text, size, &input);
    rewrite(&input);
    for (size_t i = 0; i < input.count; i++)
        read_put_back(input.envp[i]);
    (void)ck_put_back_hash(input.envp);
    for (size_t i = 0; i <= input.count; i++)
        rewrite_grown(&input, i);
    /* The launcher's strings are its own. */
    FUZZ_REQUIRE(memcmp(text, data, size) == 0);
    free(text);
    return 0;
}
