/* SPDX-License-Identifier: Apache-2.0 */
#include "CMarkdown.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CORE_FUNCTIONS(FUNCTION)                                                                   \
    FUNCTION(cmark_parser_new)                                                                     \
    FUNCTION(cmark_parser_feed)                                                                    \
    FUNCTION(cmark_parser_finish)                                                                  \
    FUNCTION(cmark_parser_free)                                                                    \
    FUNCTION(cmark_parser_attach_syntax_extension)                                                 \
    FUNCTION(cmark_find_syntax_extension)                                                          \
    FUNCTION(cmark_node_free)                                                                      \
    FUNCTION(cmark_iter_new)                                                                       \
    FUNCTION(cmark_iter_next)                                                                      \
    FUNCTION(cmark_iter_get_node)                                                                  \
    FUNCTION(cmark_iter_free)                                                                      \
    FUNCTION(cmark_node_get_type)                                                                  \
    FUNCTION(cmark_node_get_type_string)                                                           \
    FUNCTION(cmark_node_get_literal)                                                               \
    FUNCTION(cmark_node_get_url)                                                                   \
    FUNCTION(cmark_node_get_heading_level)                                                         \
    FUNCTION(cmark_node_get_list_type)                                                             \
    FUNCTION(cmark_node_get_list_start)                                                            \
    FUNCTION(cmark_node_get_fence_info)                                                            \
    FUNCTION(cmark_node_get_fenced)                                                                \
    FUNCTION(cmark_node_get_start_line)

#define EXTENSION_FUNCTIONS(FUNCTION)                                                              \
    FUNCTION(cmark_gfm_core_extensions_ensure_registered)                                          \
    FUNCTION(cmark_gfm_extensions_get_table_columns)                                               \
    FUNCTION(cmark_gfm_extensions_get_table_alignments)                                            \
    FUNCTION(cmark_gfm_extensions_get_table_row_is_header)                                         \
    FUNCTION(cmark_gfm_extensions_get_tasklist_item_checked)

static struct {
#define FIELD(name) __typeof__(name) *name;
    CORE_FUNCTIONS(FIELD)
    EXTENSION_FUNCTIONS(FIELD)
#undef FIELD
} gfm;

typedef struct symbol {
    const char *name;
    void **place;
} symbol;

#define ENTRY(name) {#name, (void **)&gfm.name},
static const symbol core_symbols[] = {CORE_FUNCTIONS(ENTRY)};
static const symbol extension_symbols[] = {EXTENSION_FUNCTIONS(ENTRY)};
#undef ENTRY

/* Its name has the version in it, which differs from one distribution to the next. */
static const char *const versions[] = {".so.0.29.0.gfm.6", ".so.0.29.0.gfm.13", ".so"};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char problem_text[256];
static const char *open_problem;

static bool resolve(void *library, const symbol *symbols, size_t count) {
    for (size_t i = 0; i < count; i++) {
        *symbols[i].place = dlsym(library, symbols[i].name);
        if (*symbols[i].place) continue;
        snprintf(problem_text, sizeof problem_text, "libcmark-gfm has no %s", symbols[i].name);
        open_problem = problem_text;
        return false;
    }
    return true;
}

static void *open_one(const char *stem, const char *version) {
    char name[128];
    snprintf(name, sizeof name, "%s%s", stem, version);
    return dlopen(name, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
}

static void open_library(void) {
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        void *core = open_one("libcmark-gfm", versions[i]);
        void *extensions = core ? open_one("libcmark-gfm-extensions", versions[i]) : NULL;
        if (!extensions) continue;
        if (resolve(core, core_symbols, sizeof core_symbols / sizeof core_symbols[0]) &&
            resolve(extensions, extension_symbols,
                    sizeof extension_symbols / sizeof extension_symbols[0]))
            gfm.cmark_gfm_core_extensions_ensure_registered();
        return;
    }
    snprintf(problem_text, sizeof problem_text, "%s", dlerror());
    open_problem = problem_text;
}

const char *markdown_open(void) {
    pthread_once(&once, open_library);
    return open_problem;
}

struct markdown_document {
    cmark_node *root;
    markdown_node *nodes;
    size_t count;
    size_t capacity;
};

static const struct {
    const char *name;
    markdown_kind kind;
} kinds[] = {
    {"document", MARKDOWN_DOCUMENT},       {"block_quote", MARKDOWN_QUOTE},
    {"list", MARKDOWN_LIST},               {"item", MARKDOWN_ITEM},
    {"tasklist", MARKDOWN_ITEM},           {"code_block", MARKDOWN_CODE},
    {"html_block", MARKDOWN_HTML},         {"paragraph", MARKDOWN_PARAGRAPH},
    {"heading", MARKDOWN_HEADING},         {"thematic_break", MARKDOWN_RULE},
    {"table", MARKDOWN_TABLE},             {"table_row", MARKDOWN_ROW},
    {"table_header", MARKDOWN_ROW},        {"table_cell", MARKDOWN_CELL},
    {"text", MARKDOWN_TEXT},               {"softbreak", MARKDOWN_SOFT_BREAK},
    {"linebreak", MARKDOWN_HARD_BREAK},    {"code", MARKDOWN_INLINE_CODE},
    {"html_inline", MARKDOWN_INLINE_HTML}, {"emph", MARKDOWN_EMPHASIS},
    {"strong", MARKDOWN_STRONG},           {"strikethrough", MARKDOWN_STRUCK},
    {"link", MARKDOWN_LINK},               {"image", MARKDOWN_IMAGE},
};

/* What a newer library may know besides is text to us. */
static markdown_kind kind_of(cmark_node *node, bool *is_task) {
    const char *name = gfm.cmark_node_get_type_string(node);
    *is_task = strcmp(name, "tasklist") == 0;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].name, name) == 0) return kinds[i].kind;
    return MARKDOWN_TEXT;
}

static void set_extra(markdown_node *to, const char *text) {
    to->extra = text ? text : "";
    to->extra_length = strlen(to->extra);
}

static void describe(cmark_node *node, bool is_task, markdown_node *to) {
    int length = 0, offset = 0;
    switch (to->kind) {
    case MARKDOWN_LIST:
        to->number = gfm.cmark_node_get_list_type(node) == CMARK_ORDERED_LIST;
        to->start = gfm.cmark_node_get_list_start(node);
        break;
    case MARKDOWN_ITEM:
        if (is_task) to->number = gfm.cmark_gfm_extensions_get_tasklist_item_checked(node) ? 2 : 1;
        break;
    case MARKDOWN_CODE:
        set_extra(to, gfm.cmark_node_get_fence_info(node));
        if (!gfm.cmark_node_get_fenced(node, &length, &offset, &to->mark)) break;
        to->number = length;
        to->start = offset;
        break;
    case MARKDOWN_HEADING: to->number = gfm.cmark_node_get_heading_level(node); break;
    case MARKDOWN_TABLE:
        to->number = gfm.cmark_gfm_extensions_get_table_columns(node);
        to->extra = (const char *)gfm.cmark_gfm_extensions_get_table_alignments(node);
        to->extra_length = to->extra ? (size_t)to->number : 0;
        break;
    case MARKDOWN_ROW: to->number = gfm.cmark_gfm_extensions_get_table_row_is_header(node); break;
    case MARKDOWN_LINK:
    case MARKDOWN_IMAGE: set_extra(to, gfm.cmark_node_get_url(node)); break;
    default: break;
    }
}

static bool add(markdown_document *document, cmark_node *node, markdown_kind kind, bool is_task) {
    if (document->count == document->capacity) {
        size_t capacity = document->capacity ? document->capacity * 2 : 64;
        markdown_node *nodes = realloc(document->nodes, capacity * sizeof *nodes);
        if (!nodes) return false;
        document->nodes = nodes;
        document->capacity = capacity;
    }
    const char *text = gfm.cmark_node_get_literal(node);
    markdown_node *to = &document->nodes[document->count++];
    *to = (markdown_node){.kind = kind, .text = text ? text : ""};
    to->text_length = strlen(to->text);
    to->first_line = (uint32_t)gfm.cmark_node_get_start_line(node);
    to->end = (uint32_t)document->count;
    describe(node, is_task, to);
    return true;
}

/* Rows and cells mean nothing without their table: only what can hold blocks is left out. */
static bool can_be_left_out(markdown_kind kind) {
    return kind == MARKDOWN_QUOTE || kind == MARKDOWN_LIST || kind == MARKDOWN_ITEM ||
           kind == MARKDOWN_EMPHASIS || kind == MARKDOWN_STRONG || kind == MARKDOWN_STRUCK ||
           kind == MARKDOWN_LINK || kind == MARKDOWN_IMAGE;
}

static bool flatten(markdown_document *document, cmark_iter *iterator, uint32_t depth_max) {
    /* What is open, and how deep what was left out lies below it. */
    size_t *open = calloc(depth_max + 16, sizeof *open);
    size_t depth = 0, hidden = 0;
    bool is_whole = open != NULL;
    cmark_event_type event;
    while (is_whole && (event = gfm.cmark_iter_next(iterator)) != CMARK_EVENT_DONE) {
        cmark_node *node = gfm.cmark_iter_get_node(iterator);
        bool is_task;
        markdown_kind kind = kind_of(node, &is_task);
        bool is_leaf = gfm.cmark_node_get_literal(node) || kind == MARKDOWN_RULE ||
                       kind == MARKDOWN_SOFT_BREAK || kind == MARKDOWN_HARD_BREAK;
        bool is_hidden = !is_leaf && can_be_left_out(kind) && (hidden || depth >= depth_max);
        if (event == CMARK_EVENT_EXIT) {
            if (is_leaf) continue;
            if (is_hidden && hidden) {
                hidden--;
            } else if (depth) {
                document->nodes[open[--depth]].end = (uint32_t)document->count;
            }
        } else if (is_hidden) {
            hidden++;
        } else {
            is_whole = add(document, node, kind, is_task);
            if (!is_leaf && depth < depth_max + 16) open[depth++] = document->count - 1;
        }
    }
    free(open);
    return is_whole;
}

static cmark_node *parse(const char *bytes, size_t length, bool has_tables) {
    static const char *const extensions[] = {"strikethrough", "autolink", "tasklist", "table"};
    cmark_parser *parser = gfm.cmark_parser_new(CMARK_OPT_STRIKETHROUGH_DOUBLE_TILDE);
    if (!parser) return NULL;
    for (size_t i = 0; i < 3u + has_tables; i++) {
        cmark_syntax_extension *extension = gfm.cmark_find_syntax_extension(extensions[i]);
        if (extension) gfm.cmark_parser_attach_syntax_extension(parser, extension);
    }
    gfm.cmark_parser_feed(parser, bytes, length);
    cmark_node *root = gfm.cmark_parser_finish(parser);
    gfm.cmark_parser_free(parser);
    return root;
}

markdown_document *markdown_parse(const char *bytes, size_t length, bool has_tables,
                                  uint32_t depth_max) {
    if (markdown_open()) return NULL;
    markdown_document *document = calloc(1, sizeof *document);
    if (!document) return NULL;
    document->root = parse(bytes, length, has_tables);
    cmark_iter *iterator = document->root ? gfm.cmark_iter_new(document->root) : NULL;
    bool is_whole = iterator && flatten(document, iterator, depth_max);
    if (iterator) gfm.cmark_iter_free(iterator);
    if (is_whole) return document;
    markdown_free(document);
    return NULL;
}

const markdown_node *markdown_nodes(const markdown_document *document, size_t *count) {
    *count = document->count;
    return document->nodes;
}

void markdown_free(markdown_document *document) {
    if (document->root) gfm.cmark_node_free(document->root);
    free(document->nodes);
    free(document);
}
