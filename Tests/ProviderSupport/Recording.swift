import KernelSystem
package import ModuleChat
import ModuleJSON
import Testing

/// One answer of a server as it was sent, with the order that it answers and the events that a
/// provider reads off it. A text file of sections, each after a line `=== name`:
///
///     === about
///     Where it comes from.
///     === order
///     {"kind": "models", "server": {"preset": "openai", "base": "https://…"}}
///     === head
///     200
///     content-type: application/json
///     === body
///     {"data": []}
///     === events
///     value []
///
/// `=== body cut`: the connection broke there. `=== body open`: the last line has no end.
package struct Recording: Sendable, CustomTestStringConvertible {
    package let path: String
    package let order: ProviderOrder
    package let head: AnswerHead
    package let body: [UInt8]
    package let isWhole: Bool
    package let events: [String]

    package var testDescription: String { Path.name(of: path) }

    package struct Malformed: Error, CustomStringConvertible {
        package let description: String
    }

    /// Those of a folder, each file with the ending `.txt`, by their names.
    package static func all(in folder: String) throws -> [Recording] {
        try Files.names(in: folder).filter { $0.hasSuffix(".txt") }.sorted().map {
            try Recording(path: Path.join(folder, $0))
        }
    }

    package init(path: String) throws {
        try self.init(bytes: Files.read(path, bytesMax: 4 << 20), path: path)
    }

    /// What the file at `path` holds, or will hold.
    init(bytes: [UInt8], path: String) throws {
        self.path = path
        let sections = Self.sections(bytes)
        func text(_ name: String) throws -> String {
            guard let section = sections.first(where: { $0.name == name }) else {
                throw Malformed(description: "\(path) has no section \(name)")
            }
            return String(decoding: section.bytes, as: UTF8.self)
        }
        guard let body = sections.first(where: { $0.name == "body" }) else {
            throw Malformed(description: "\(path) has no section body")
        }
        _ = try text("about")
        order = try ProviderOrder(JSON(parsing: try text("order")))
        head = try Self.head(try text("head"))
        isWhole = !body.flags.contains("cut")
        self.body = body.flags.contains("open") ? body.bytes.dropLast() : body.bytes
        events = try text("events").split(separator: "\n").map(String.init)
    }

    private typealias Section = (name: String, flags: [String], bytes: [UInt8])

    private static func sections(_ bytes: [UInt8]) -> [Section] {
        var sections: [Section] = []
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if line.starts(with: "=== ".utf8) {
                let words = String(decoding: line.dropFirst(4), as: UTF8.self).split(separator: " ")
                sections.append((words.first.map(String.init) ?? "", words.map(String.init), []))
            } else if !sections.isEmpty {
                sections[sections.count - 1].bytes += line + [UInt8(ascii: "\n")]
            }
        }
        // What follows the file's last line feed is no line.
        if !sections.isEmpty { sections[sections.count - 1].bytes.removeLast() }
        return sections
    }

    private static func head(_ text: String) throws -> AnswerHead {
        let lines = text.split(separator: "\n")
        guard let status = lines.first.flatMap({ Int($0) }) else {
            throw Malformed(description: "the head must begin with the status")
        }
        let headers = lines.dropFirst().compactMap { line -> (String, String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (
                line[..<colon].lowercased(),
                String(line[line.index(after: colon)...].drop { $0 == " " })
            )
        }
        return AnswerHead(
            status: status, headers: Dictionary(headers, uniquingKeysWith: { $0 + ", " + $1 }))
    }

    /// The file with other events, for a person to compare.
    package func rewrite(_ events: [String]) throws {
        let bytes = try Files.read(path, bytesMax: 4 << 20)
        let mark = Array("=== events\n".utf8)
        guard let place = bytes.indices.last(where: { bytes[$0...].starts(with: mark) }) else {
            throw Malformed(description: "\(path) has no section events")
        }
        let kept = bytes[..<(place + mark.count)]
        try Files.replace(path, with: kept + events.flatMap { Array(($0 + "\n").utf8) })
    }
}
