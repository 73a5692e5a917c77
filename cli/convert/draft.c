#include "draft.h"

#include <stdio.h>
#include <string.h>

#include "../../shim/core/policy_rule.h"
#include "../../shim/core/text.h"

void ck_draft_name(struct ck_draft *draft, const char *file, const char *suffix)
{
    const char *slash = strrchr(file, '/');
    const char *name = slash != NULL ? slash + 1 : file;
    size_t length = strlen(name);
    size_t suffix_length = strlen(suffix);

    if (length > suffix_length && strcmp(name + length - suffix_length, suffix) == 0)
        length -= suffix_length;
    /* inih knows no longer names of sections. */
    (void)snprintf(draft->name, sizeof(draft->name), "%.*s", (int)(length < 40 ? length : 40), name);
}

void ck_draft_add_program(struct ck_draft *draft, const char *path)
{
    for (unsigned i = 0; i < draft->program_count; i++) {
        if (strcmp(draft->programs[i], path) == 0)
            return;
    }
    if (draft->program_count < CK_DRAFT_PROGRAMS_MAX && strlen(path) < PATH_MAX)
        strcpy(draft->programs[draft->program_count++], path);
}

static void print_caps(enum ck_directive directive, uint64_t mask)
{
    char names[4096];
    struct ck_text text = ck_text_start(names, sizeof(names));

    if (mask == 0)
        return;
    ck_text_caps(&text, mask);
    printf("%s=%s\n", ck_directive_key(directive), names);
}

void ck_draft_print(const struct ck_draft *draft)
{
    printf("[Keep %s]\n", draft->name);
    if (draft->users[0] != '\0')
        printf("%s=%s\n", ck_directive_key(CK_USER), draft->users);
    for (unsigned i = 0; i < draft->program_count; i++)
        printf("%s=%s\n", ck_directive_key(CK_PROGRAM), draft->programs[i]);
    print_caps(CK_AMBIENT, draft->ambient_mask);
    if (draft->iab[0] != '\0')
        printf("%s=%s\n", ck_directive_key(CK_IAB), draft->iab);
    /* What is kept has to be in the bounding set; systemd sees to that by itself. */
    if (draft->has_bounding)
        print_caps(CK_BOUNDING, draft->bounding_mask | draft->ambient_mask);
    if (draft->no_new_privs)
        printf("%s=yes\n", ck_directive_key(CK_NO_NEW_PRIVS));
}
