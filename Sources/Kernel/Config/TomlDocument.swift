import CToml

/// A TOML file as a tree with positions. Bounded: 1 MiB, 16 nested values, 16 parts of a key, 32
/// levels; beyond them parsing fails and names the limit.
package struct TomlDocument: Sendable {
    package let root: TomlTable

    package init(parsing bytes: [UInt8]) throws(TomlError) {
        let parsed = bytes.withUnsafeBytes { bytes in
            toml_document_parse(bytes.baseAddress, bytes.count)
        }
        guard let parsed else {
            throw TomlError(
                position: TomlPosition(line: 1, column: 1),
                sentence: "There is not enough memory to read this.")
        }
        defer { toml_document_free(parsed) }
        let content = toml_document_content(parsed)
        var reader = TomlNodeReader(content)
        guard content.failure.line == 0 else {
            throw TomlError(
                position: TomlPosition(content.failure), sentence: reader.failureSentence)
        }
        root = reader.readNode().table ?? TomlTable()
    }
}

/// Why a text is not TOML, and where.
package struct TomlError: Error, Equatable, CustomStringConvertible {
    package let position: TomlPosition
    package let sentence: String

    package var description: String { "\(position.line):\(position.column): \(sentence)" }
}

/// Builds the tree from the flat buffer of a parsed document, while that is alive.
private struct TomlNodeReader {
    private let nodes: UnsafeBufferPointer<toml_node_record>
    private let text: UnsafeRawBufferPointer
    private var next = 0

    init(_ content: toml_content) {
        nodes = UnsafeBufferPointer(start: content.nodes, count: content.node_count)
        text = UnsafeRawBufferPointer(start: content.text, count: content.text_count)
    }

    /// toml++ says "Error while parsing key-value pair: cannot redefine …", without a full stop.
    var failureSentence: String {
        var reason = String(decoding: text, as: UTF8.self)
        if reason.hasPrefix("Error while parsing ") {
            reason = "This is not TOML (\(reason.dropFirst("Error while parsing ".count)))"
        }
        return reason.hasSuffix(".") ? reason : reason + "."
    }

    /// Recursion is bounded by TOML_DOCUMENT_DEPTH_MAX.
    mutating func readNode() -> TomlNode {
        let record = nodes[next]
        next += 1
        return TomlNode(readValue(of: record), at: TomlPosition(record.place))
    }

    private mutating func readValue(of record: toml_node_record) -> TomlNode.Value {
        switch Int(record.kind) {
        case Int(TOML_KIND_TABLE):
            return .table(TomlTable((0..<record.children).map { _ in readMember() }))
        case Int(TOML_KIND_ARRAY): return .array((0..<record.children).map { _ in readNode() })
        case Int(TOML_KIND_STRING): return .string(string(record.text))
        case Int(TOML_KIND_INTEGER): return .integer(record.integer)
        case Int(TOML_KIND_NUMBER): return .number(record.number)
        default: return .boolean(record.integer != 0)
        }
    }

    private mutating func readMember() -> TomlTable.Member {
        let record = nodes[next]
        return TomlTable.Member(
            key: string(record.key), position: TomlPosition(record.key_place), node: readNode())
    }

    private func string(_ range: toml_range) -> String {
        let start = Int(range.offset)
        return String(decoding: text[start..<start + Int(range.count)], as: UTF8.self)
    }
}

extension TomlPosition {
    fileprivate init(_ place: toml_place) {
        self.init(line: Int(place.line), column: Int(place.column))
    }
}
