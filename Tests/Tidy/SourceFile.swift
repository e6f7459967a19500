import Foundation

/// One text file of the repository.
struct SourceFile: Sendable {
    enum Kind { case swift, c, markdown, other }

    /// Below the root of the repository, with slashes.
    let path: String
    let text: String
    let lines: [String]
    /// Nil unless the file is Swift or C.
    let source: SourceText?

    init(path: String, text: String) {
        self.path = path
        self.text = text
        lines = SourceText.lines(Array(text.utf8))
        switch Self.kind(of: path) {
        case .swift: source = SourceText(text, .swift)
        case .c: source = SourceText(text, .c)
        case .markdown, .other: source = nil
        }
    }

    var kind: Kind { Self.kind(of: path) }

    var name: String { String(path.split(separator: "/").last ?? "") }

    func isIn(_ folders: String...) -> Bool {
        folders.contains { path.hasPrefix($0 + "/") }
    }

    private static func kind(of path: String) -> Kind {
        switch path.split(separator: ".").last {
        case "swift": .swift
        case "c", "h", "cc", "cpp", "hpp": .c
        case "md": .markdown
        default: .other
        }
    }
}

/// A place where the house is not in order, and what to do about it.
struct Violation: Hashable, CustomStringConvertible {
    let path: String
    /// Counted from 1; 0 means the whole file.
    let line: Int
    let sentence: String

    init(_ file: SourceFile, _ line: Int = 0, _ sentence: String) {
        path = file.path
        self.line = line
        self.sentence = sentence
    }

    var description: String { line == 0 ? "\(path): \(sentence)" : "\(path):\(line): \(sentence)" }
}
