/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text.h"

#include <stdbool.h>

#include "capset.h"
#include "names.h"

struct ck_text ck_text_start(char *buffer, size_t size)
{
    buffer[0] = '\0';
    return (struct ck_text){buffer, size, 0};
}

void ck_text_char(struct ck_text *text, char c)
{
    if (text->length + 1 >= text->size)
        return;
    text->buffer[text->length++] = c;
    text->buffer[text->length] = '\0';
}

void ck_text_string(struct ck_text *text, const char *string)
{
    while (*string != '\0')
        ck_text_char(text, *string++);
}

static const char digits[16] = "0123456789abcdef";

static void add_byte(struct ck_text *text, unsigned char byte, bool plain)
{
    if (plain) {
        ck_text_char(text, (char)byte);
        return;
    }
    ck_text_string(text, "\\x");
    ck_text_char(text, digits[byte >> 4]);
    ck_text_char(text, digits[byte & 15]);
}

void ck_text_printable(struct ck_text *text, const char *string)
{
    for (; *string != '\0'; string++) {
        unsigned char byte = (unsigned char)*string;
        add_byte(text, byte, byte >= ' ' && byte < 0x7f && byte != '\\');
    }
}

void ck_text_escaped(struct ck_text *text, const char *string)
{
    for (; *string != '\0'; string++) {
        unsigned char byte = (unsigned char)*string;
        add_byte(text, byte, byte > ' ' && byte < 0x7f && byte != '"' && byte != '\\');
    }
}

void ck_text_hex(struct ck_text *text, uint64_t number)
{
    for (int shift = 60; shift >= 0; shift -= 4)
        ck_text_char(text, digits[number >> shift & 15]);
}

void ck_text_number(struct ck_text *text, uint64_t number)
{
    char decimal[20];
    unsigned count = 0;

    do {
        decimal[count++] = digits[number % 10];
        number /= 10;
    } while (number != 0);
    while (count > 0)
        ck_text_char(text, decimal[--count]);
}

void ck_text_id(struct ck_text *text, uint32_t id)
{
    if (id == UINT32_MAX)
        ck_text_string(text, "-1");
    else
        ck_text_number(text, id);
}

void ck_text_caps(struct ck_text *text, uint64_t mask)
{
    if (mask == 0)
        ck_text_string(text, "none");
    while (mask != 0) {
        unsigned cap = ck_cap_take_lowest(&mask);
        const char *name = ck_cap_name(cap);

        if (name != NULL)
            ck_text_string(text, name);
        else
            ck_text_number(text, cap);
        if (mask != 0)
            ck_text_char(text, ',');
    }
}
