/*
 * What the plugins in this folder have in common: errors, and options of which there is one, a whole number.
 */
#ifndef HELPERS_H
#define HELPERS_H

#include "triglot_plugin.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * Says what is wrong, as far as the caller's buffer holds it, and returns the status. The text is ASCII, so that it may
 * be cut anywhere: every byte is a border between characters.
 */
static inline triglot_status fail(triglot_error_buffer *error, triglot_status status, const char *format, ...)
{
    char text[256];
    va_list arguments;
    int written;

    if (error == NULL) {
        return status;
    }
    va_start(arguments, format);
    written = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    error->len = written < 0 ? 0 : strlen(text);
    if (error->len > error->capacity) {
        error->len = error->capacity;
    }
    if (error->len > 0) {
        memcpy(error->data, text, error->len);
    }
    return status;
}

/* What of a JSON text is still to be read. */
typedef struct {
    const uint8_t *next;
    const uint8_t *end;
} reader;

static inline void skip_blanks(reader *in)
{
    while (in->next < in->end && memchr(" \t\r\n", *in->next, 4) != NULL) {
        in->next++;
    }
}

/* Whether `word` comes next, blanks before it aside; if so, it is read. */
static inline int read_word(reader *in, const char *word)
{
    size_t length = strlen(word);

    skip_blanks(in);
    if ((size_t)(in->end - in->next) < length || memcmp(in->next, word, length) != 0) {
        return 0;
    }
    in->next += length;
    return 1;
}

/* Whether a whole number from 1 to `largest` comes next, blanks before it aside; if so, it is read. */
static inline int read_number(reader *in, uint32_t largest, uint32_t *number)
{
    uint64_t value = 0;

    skip_blanks(in);
    /* JSON writes no number with a zero ahead. */
    if (in->next == in->end || *in->next == '0') {
        return 0;
    }
    while (in->next < in->end && *in->next >= '0' && *in->next <= '9') {
        value = value * 10 + (uint64_t)(*in->next++ - '0');
        if (value > largest) {
            return 0;
        }
    }
    *number = (uint32_t)value;
    return value > 0;
}

/*
 * Reads options of one number: {} leaves it as it is, {"name": number} sets it, and anything else is refused.
 *
 * The host has checked them against the component's schema, but a plugin believes nobody. It need not read all of JSON
 * for that: whatever is neither of the two forms, the schema refuses too.
 */
static inline triglot_status read_option(triglot_str options, const char *name, uint32_t largest, uint32_t *number,
                                  triglot_error_buffer *error)
{
    reader in = {options.data, options.data};
    int sound;

    if (options.len > 0) {
        in.end += options.len;
    }
    sound = read_word(&in, "{");
    if (sound && !read_word(&in, "}")) {
        /* The quotes belong to the name: no blank stands between them and it. */
        sound = read_word(&in, "\"") && in.next < in.end && *in.next == (uint8_t)name[0] && read_word(&in, name)
                && in.next < in.end && *in.next == '"' && read_word(&in, "\"") && read_word(&in, ":")
                && read_number(&in, largest, number) && read_word(&in, "}");
    }
    skip_blanks(&in);
    if (!sound || in.next != in.end) {
        return fail(error, TRIGLOT_STATUS_INVALID,
                    "the options must be {} or {\"%s\": a whole number from 1 to %lu}", name,
                    (unsigned long)largest);
    }
    return TRIGLOT_STATUS_OK;
}

#endif
