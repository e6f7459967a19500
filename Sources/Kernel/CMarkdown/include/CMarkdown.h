/* SPDX-License-Identifier: Apache-2.0 */
/* cmark-gfm for Swift: opened on first use, and a document as one flat list of its nodes. */
#ifndef CMARKDOWN_H
#define CMARKDOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Opens cmark-gfm. Returns NULL, or why it cannot be used; owned by this library. Thread-safe. */
const char *markdown_open(void);

typedef enum markdown_kind {
    MARKDOWN_DOCUMENT,
    MARKDOWN_QUOTE,
    /* number: 1 if it is ordered; start: its first number. */
    MARKDOWN_LIST,
    /* number: 0 no task, 1 open, 2 done. */
    MARKDOWN_ITEM,
    /* text: the code; extra: what stands behind the fence; number: the fence's length, 0 if there
     * is none; start: its indentation; mark: its character. */
    MARKDOWN_CODE,
    MARKDOWN_HTML,
    MARKDOWN_PARAGRAPH,
    /* number: its level. */
    MARKDOWN_HEADING,
    MARKDOWN_RULE,
    /* extra: one of l, c, r and 0 for each of `number` columns. */
    MARKDOWN_TABLE,
    /* number: 1 for the head. */
    MARKDOWN_ROW,
    MARKDOWN_CELL,
    MARKDOWN_TEXT,
    MARKDOWN_SOFT_BREAK,
    MARKDOWN_HARD_BREAK,
    MARKDOWN_INLINE_CODE,
    MARKDOWN_INLINE_HTML,
    MARKDOWN_EMPHASIS,
    MARKDOWN_STRONG,
    MARKDOWN_STRUCK,
    /* extra: where to. */
    MARKDOWN_LINK,
    MARKDOWN_IMAGE
} markdown_kind;

/* Texts are borrowed from the document. */
typedef struct markdown_node {
    markdown_kind kind;
    /* Behind its last descendant: those are the nodes from the next one on. */
    uint32_t end;
    /* Counted from 1; 0 if it is not known. */
    uint32_t first_line;
    int32_t number;
    int32_t start;
    char mark;
    const char *text;
    size_t text_length;
    const char *extra;
    size_t extra_length;
} markdown_node;

typedef struct markdown_document markdown_document;

/* Containers that lie deeper than `depth_max` are left out, their contents kept. NULL if memory is
 * short. */
markdown_document *markdown_parse(const char *bytes, size_t length, bool has_tables,
                                  uint32_t depth_max);
const markdown_node *markdown_nodes(const markdown_document *document, size_t *count);
void markdown_free(markdown_document *document);

#ifdef __cplusplus
}
#endif
#endif
