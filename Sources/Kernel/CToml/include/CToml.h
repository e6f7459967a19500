/* TOML text to one flat buffer of nodes, over toml++. No C++ exception leaves this library: a
 * failure is a document that holds the place and the reason. */
#ifndef CTOML_H
#define CTOML_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* At these limits parsing ends with an error that names the limit. */
#define TOML_DOCUMENT_BYTES_MAX 1048576
#define TOML_DOCUMENT_DEPTH_MAX 32

typedef uint32_t toml_kind;
enum {
    TOML_KIND_TABLE = 1,
    TOML_KIND_ARRAY = 2,
    TOML_KIND_STRING = 3, /* also dates and times, as they are written in RFC 3339 */
    TOML_KIND_INTEGER = 4,
    TOML_KIND_NUMBER = 5,
    TOML_KIND_BOOLEAN = 6
};

/* Where something begins: both count from 1; columns count characters, not bytes. */
typedef struct toml_place {
    uint32_t line;
    uint32_t column;
} toml_place;

/* Bytes of the document's text: UTF-8, not terminated. */
typedef struct toml_range {
    uint32_t offset;
    uint32_t count;
} toml_range;

/* The nodes stand in preorder: a table or an array is followed by its `children` nodes, each with
 * everything below it. The members of a table stand in the order of the file. */
typedef struct toml_node_record {
    toml_kind kind;
    uint32_t children;
    toml_range key; /* of a member of a table */
    toml_place key_place;
    toml_place place;
    toml_range text; /* of a string */
    int64_t integer; /* of an integer; of a boolean 0 or 1 */
    double number;
} toml_node_record;

typedef struct toml_document toml_document;

/* What a document holds, borrowed until toml_document_free. On failure there are no nodes, and
 * `text` is the reason, a sentence. */
typedef struct toml_content {
    const toml_node_record *nodes;
    size_t node_count;
    const char *text;
    size_t text_count;
    toml_place failure; /* line 0: no failure */
} toml_content;

/* Parses UTF-8 bytes, which are borrowed for the call. Null if there is no memory left.
 * To be freed with toml_document_free. Any thread. */
toml_document *toml_document_parse(const char *bytes, size_t count);
toml_content toml_document_content(const toml_document *document);
void toml_document_free(toml_document *document);

#ifdef __cplusplus
}
#endif
#endif
