/// A header of the contract as a reader sees it: declarations, each with the comment above it.
struct HeaderText {
    struct Declaration: Equatable {
        /// The declaration without its comment, on one line.
        let text: String
        let comment: String
        let structure: String?
    }

    let declarations: [Declaration]

    init(_ source: String) {
        var reader = Reader(rest: Substring(source))
        declarations = reader.read()
    }

    private struct Reader {
        var rest: Substring
        var comment = ""
        var structure: String?
        var found: [Declaration] = []

        mutating func read() -> [Declaration] {
            while let first = rest.first {
                if first.isWhitespace {
                    rest.removeFirst()
                } else if rest.hasPrefix("/*") {
                    comment = take(through: "*/")
                } else if first == "#" {
                    takeDirective()
                } else if rest.hasPrefix("__attribute__") {
                    _ = take(through: "\n")
                } else if first == "}" {
                    _ = take(through: rest.hasPrefix("}\n") ? "\n" : ";")
                    structure = nil
                } else {
                    takeDeclaration()
                }
            }
            return found
        }

        private mutating func take(through end: String) -> String {
            guard let range = rest.firstRange(of: end) else {
                defer { rest = "" }
                return String(rest)
            }
            defer { rest = rest[range.upperBound...] }
            return String(rest[..<range.upperBound])
        }

        /// A directive ends with its line, unless that ends with a backslash.
        private mutating func takeDirective() {
            while take(through: "\n").hasSuffix("\\\n") {}
        }

        /// The values of an enumeration, whose comments may have braces in them.
        private mutating func takeValues() {
            while !rest.isEmpty, rest.first != "}" {
                if rest.hasPrefix("/*") { _ = take(through: "*/") } else { rest.removeFirst() }
            }
            _ = take(through: ";")
        }

        private mutating func takeDeclaration() {
            let end = rest.firstIndex { $0 == ";" || $0 == "{" || $0 == "#" } ?? rest.endIndex
            let words = rest[..<end].split(whereSeparator: \.isWhitespace)
            let opensBlock = end < rest.endIndex && rest[end] == "{"
            rest = rest[end...]
            if opensBlock || rest.first == ";" {
                rest.removeFirst()
            }
            if words.first == "enum" {
                takeValues()
            } else if opensBlock {
                structure = words.contains("struct") ? words.last.map(String.init) : nil
            } else {
                found.append(
                    Declaration(
                        text: words.joined(separator: " "), comment: comment, structure: structure))
            }
            comment = ""
        }
    }
}

extension HeaderText.Declaration {
    var isFunction: Bool { text.contains("(") && !text.hasPrefix("typedef") }

    /// The name of the field or of the function.
    var name: String {
        let pointer = text.firstMatch(of: #/\(\*\s*(\w+)\)\s*\(/#)?.1
        let function = text.firstMatch(of: #/(\w+)\s*\(/#)?.1
        let field = text.firstMatch(of: #/(\w+)$/#)?.1
        return String(pointer ?? (isFunction ? function : field) ?? "")
    }

    /// Does memory of one side become visible to the other here? The first argument `instance` or
    /// `context` does not count: the field that holds it says what it is.
    var passesMemory: Bool {
        let isText = text.contains("mod_text") || text.contains("mod_bytes")
        var bare = text.replacing(#/\(\*\s*\w+\)/#, with: "")
        bare = bare.replacing("void *instance", with: "").replacing("void *context", with: "")
        return isText || bare.contains("*")
    }
}
