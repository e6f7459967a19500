#include "CToml.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// A parse error comes back as a value. What can still be thrown (no memory) is caught below.
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
// toml++ recurses for each nested value, and once more when it frees them.
#define TOML_MAX_NESTED_VALUES 16
#include <toml++/toml.h>

struct toml_document {
    std::vector<toml_node_record> nodes;
    std::string text;
    toml_place failure{0, 0};
};

namespace {

constexpr size_t key_parts_max = 16;

struct failure {
    toml_place place;
    std::string reason;
};

toml_place place_of(const toml::source_region &region) {
    return {region.begin.line, region.begin.column};
}

/// toml++ limits nested values, not the parts of a dotted key, each of which nests too: a line of
/// a million dots would overflow the stack when its tables are freed. This looks at the text
/// before toml++ does, and knows just enough of TOML to skip strings and comments.
class key_guard {
public:
    explicit key_guard(std::string_view text) : text(text) {}

    bool finds_too_many_parts() {
        size_t dots = 0;
        while (at < text.size()) {
            const char character = text[at];
            if (character == '"' || character == '\'') {
                skip_string(character);
                continue;
            }
            if (character == '#') {
                skip_comment();
                continue;
            }
            if (character == '.') {
                if (++dots >= key_parts_max) return true;
            } else if (ends_key(character)) {
                dots = 0;
            }
            advance();
        }
        return false;
    }

    toml_place place() const { return {line, column}; }

private:
    std::string_view text;
    size_t at = 0;
    uint32_t line = 1;
    uint32_t column = 1;

    static bool ends_key(char character) {
        return std::string_view("=,[]{}\n").find(character) != std::string_view::npos;
    }

    void advance() {
        const auto byte = static_cast<unsigned char>(text[at++]);
        if (byte == '\n') {
            line++;
            column = 1;
        } else if ((byte & 0xC0) != 0x80) {
            column++;
        }
    }

    void advance(size_t count) {
        while (count-- > 0 && at < text.size()) advance();
    }

    void skip_comment() {
        while (at < text.size() && text[at] != '\n') advance();
    }

    void skip_string(char quote) {
        const std::string three(3, quote);
        const bool is_long = text.substr(at, 3) == three;
        const auto end = std::string_view(three).substr(is_long ? 0 : 2);
        advance(end.size());
        while (at < text.size()) {
            if (text.substr(at, end.size()) == end) return advance(end.size());
            if (!is_long && text[at] == '\n') return;
            advance(quote == '"' && text[at] == '\\' ? 2 : 1);
        }
    }
};

/// Writes toml++'s tree into the flat buffer.
class flattener {
public:
    explicit flattener(toml_document &document) : document(document) {}

    void add(const toml::node &node, size_t depth) {
        if (depth > TOML_DOCUMENT_DEPTH_MAX) {
            throw failure{place_of(node.source()), "This is nested too deeply: at most "
                + std::to_string(TOML_DOCUMENT_DEPTH_MAX) + " levels are read."};
        }
        const size_t index = document.nodes.size() - 1;
        document.nodes[index].place = place_of(node.source());
        if (const auto *table = node.as_table()) {
            add_members(*table, index, depth);
        } else if (const auto *array = node.as_array()) {
            document.nodes[index].kind = TOML_KIND_ARRAY;
            document.nodes[index].children = static_cast<uint32_t>(array->size());
            for (const auto &element : *array) {
                document.nodes.emplace_back();
                add(element, depth + 1);
            }
        } else {
            add_scalar(node, document.nodes[index]);
        }
    }

private:
    toml_document &document;

    /// toml++ keeps the members sorted by name; a person expects the order of the file.
    void add_members(const toml::table &table, size_t index, size_t depth) {
        document.nodes[index].kind = TOML_KIND_TABLE;
        document.nodes[index].children = static_cast<uint32_t>(table.size());
        std::vector<std::pair<const toml::key *, const toml::node *>> members;
        members.reserve(table.size());
        for (auto it = table.cbegin(); it != table.cend(); ++it) {
            members.emplace_back(&it->first, &it->second);
        }
        std::sort(members.begin(), members.end(), [](const auto &left, const auto &right) {
            const auto a = left.first->source().begin, b = right.first->source().begin;
            return a.line != b.line ? a.line < b.line : a.column < b.column;
        });
        for (const auto &[key, value] : members) {
            toml_node_record record{};
            record.key = text(key->str());
            record.key_place = place_of(key->source());
            document.nodes.push_back(record);
            add(*value, depth + 1);
        }
    }

    void add_scalar(const toml::node &node, toml_node_record &record) {
        if (const auto *value = node.as_string()) {
            record.kind = TOML_KIND_STRING;
            record.text = text(value->get());
        } else if (const auto *value = node.as_integer()) {
            record.kind = TOML_KIND_INTEGER;
            record.integer = value->get();
        } else if (const auto *value = node.as_floating_point()) {
            record.kind = TOML_KIND_NUMBER;
            record.number = value->get();
            if (!std::isfinite(record.number)) {
                throw failure{place_of(node.source()),
                    "Infinity and \"not a number\" cannot be used as values here."};
            }
        } else if (const auto *value = node.as_boolean()) {
            record.kind = TOML_KIND_BOOLEAN;
            record.integer = value->get() ? 1 : 0;
        } else {
            record.kind = TOML_KIND_STRING;
            record.text = text(written(node));
        }
    }

    toml_range text(std::string_view bytes) {
        const toml_range range{
            static_cast<uint32_t>(document.text.size()), static_cast<uint32_t>(bytes.size())};
        document.text.append(bytes);
        return range;
    }

    static std::string written(const toml::node &node) {
        if (const auto *value = node.as_date()) return written(value->get());
        if (const auto *value = node.as_time()) return written(value->get());
        const toml::date_time moment = node.as_date_time()->get();
        std::string result = written(moment.date) + "T" + written(moment.time);
        if (!moment.offset) return result;
        const int minutes = moment.offset->minutes;
        if (minutes == 0) return result + "Z";
        const unsigned size = static_cast<unsigned>(minutes < 0 ? -minutes : minutes);
        const char *sign = minutes < 0 ? "-" : "+";
        return result + sign + digits(size / 60, 2) + ":" + digits(size % 60, 2);
    }

    static std::string written(const toml::date &date) {
        return digits(date.year, 4) + "-" + digits(date.month, 2) + "-" + digits(date.day, 2);
    }

    static std::string written(const toml::time &time) {
        std::string result
            = digits(time.hour, 2) + ":" + digits(time.minute, 2) + ":" + digits(time.second, 2);
        if (time.nanosecond == 0) return result;
        std::string fraction = digits(time.nanosecond, 9);
        fraction.erase(fraction.find_last_not_of('0') + 1);
        return result + "." + fraction;
    }

    static std::string digits(unsigned value, size_t width) {
        const std::string text = std::to_string(value);
        return std::string(width > text.size() ? width - text.size() : 0, '0') + text;
    }
};

void parse(std::string_view text, toml_document &document) {
    if (text.size() > TOML_DOCUMENT_BYTES_MAX) {
        throw failure{{1, 1}, "The document is too large: at most "
            + std::to_string(TOML_DOCUMENT_BYTES_MAX) + " bytes are read."};
    }
    key_guard guard(text);
    if (guard.finds_too_many_parts()) {
        throw failure{guard.place(), "A key has too many parts: at most "
            + std::to_string(key_parts_max) + " are read."};
    }
    const toml::parse_result result = toml::parse(text);
    if (result.failed()) {
        std::string reason(result.error().description());
        if (reason.find("TOML_MAX_NESTED_VALUES") != std::string::npos) {
            reason = "Lists and tables are nested too deeply: at most "
                + std::to_string(TOML_MAX_NESTED_VALUES) + " in one value are read.";
        }
        throw failure{place_of(result.error().source()), std::move(reason)};
    }
    document.nodes.emplace_back();
    flattener(document).add(result.table(), 0);
}

}  // namespace

extern "C" toml_document *toml_document_parse(const char *bytes, size_t count) {
    toml_document *document = new (std::nothrow) toml_document;
    if (document == nullptr) return nullptr;
    try {
        try {
            parse(std::string_view(bytes, count), *document);
        } catch (const failure &failure) {
            document->nodes.clear();
            document->text = failure.reason;
            document->failure
                = {std::max(failure.place.line, 1u), std::max(failure.place.column, 1u)};
        }
        return document;
    } catch (...) {
        delete document;
        return nullptr;
    }
}

extern "C" toml_content toml_document_content(const toml_document *document) {
    return {document->nodes.data(), document->nodes.size(), document->text.data(),
        document->text.size(), document->failure};
}

extern "C" void toml_document_free(toml_document *document) { delete document; }
