/// Finds the functions of a source by their braces, and measures them.
struct FunctionMeasure: Equatable {
    let name: String
    /// Where it begins, counted from 1.
    let line: Int
    /// From the line of its name to the line of its closing brace.
    let length: Int
    let parameters: Int

    static func all(in source: SourceText, _ kind: SourceFile.Kind) -> [FunctionMeasure] {
        var reader = FunctionReader(code: source.code)
        return kind == .c ? reader.readC() : reader.readSwift()
    }
}

private struct FunctionReader {
    let code: [UInt8]

    private static let keywords = ["func", "init", "deinit", "subscript"]

    mutating func readSwift() -> [FunctionMeasure] {
        var found: [FunctionMeasure] = []
        var line = 1
        var index = 0
        while index < code.count {
            if let keyword = word(at: index), Self.keywords.contains(keyword) {
                if let function = swiftFunction(keyword, at: index, line: line) {
                    found.append(function)
                }
                index += keyword.utf8.count
            } else if code[index] == UInt8(ascii: "\n") {
                line += 1
                index += 1
            } else {
                index += max(word(at: index)?.utf8.count ?? 0, 1)
            }
        }
        return found
    }

    /// The word that begins here, if one does; `.init` and `self.init` are uses, not declarations.
    private func word(at index: Int) -> String? {
        guard isWord(index), index == 0 || !isWord(index - 1) else { return nil }
        var end = index
        while isWord(end) {
            end += 1
        }
        if index > 0, code[index - 1] == UInt8(ascii: ".") {
            return String(repeating: "_", count: end - index)
        }
        return String(decoding: code[index..<end], as: UTF8.self)
    }

    private func isWord(_ index: Int) -> Bool {
        guard index < code.count else { return false }
        switch code[index] {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 128...:
            return true
        default:
            return false
        }
    }

    private func swiftFunction(_ keyword: String, at start: Int, line: Int) -> FunctionMeasure? {
        var index = start + keyword.utf8.count
        var depth = 0
        var parameters: Int?
        var open: Int?
        while index < code.count, open == nil {
            switch code[index] {
            case UInt8(ascii: "("), UInt8(ascii: "["):
                if depth == 0, parameters == nil, code[index] == UInt8(ascii: "(") {
                    parameters = colons(in: index)
                }
                depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"):
                depth -= 1
            case UInt8(ascii: "{") where depth == 0:
                open = index
            case UInt8(ascii: "{"):
                index = closing(of: index)
            case UInt8(ascii: "}") where depth == 0:
                return nil
            default:
                // A requirement of a protocol has no body: the next declaration begins first.
                if depth == 0, let next = word(at: index), Self.keywords.contains(next) {
                    return nil
                }
            }
            index += 1
        }
        guard let open else { return nil }
        let lines = code[start...closing(of: open)].count { $0 == UInt8(ascii: "\n") }
        return FunctionMeasure(
            name: name(keyword, start), line: line, length: lines + 1,
            parameters: keyword == "func" ? parameters ?? 0 : 0)
    }

    private func name(_ keyword: String, _ start: Int) -> String {
        guard keyword == "func" else { return keyword }
        let rest = code[(start + 4)...].drop { $0 == UInt8(ascii: " ") }
        let name = rest.prefix { !" (<\n".utf8.contains($0) }
        return name.first == UInt8(ascii: "`") ? "a test" : String(decoding: name, as: UTF8.self)
    }

    /// The index of the brace that closes the one at `open`, or of the last byte.
    private func closing(of open: Int) -> Int {
        var depth = 0
        for index in open..<code.count {
            if code[index] == UInt8(ascii: "{") {
                depth += 1
            } else if code[index] == UInt8(ascii: "}") {
                depth -= 1
                if depth == 0 {
                    return index
                }
            }
        }
        return code.count - 1
    }

    /// Every parameter has one colon of its own between the parentheses that open here.
    private func colons(in open: Int) -> Int {
        var depth = 0
        var count = 0
        for index in open..<code.count {
            switch code[index] {
            case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            case UInt8(ascii: ":") where depth == 1: count += 1
            default: break
            }
            if depth == 0 {
                return count
            }
        }
        return count
    }

    /// In C a function is a block that follows a closing parenthesis outside any other function.
    mutating func readC() -> [FunctionMeasure] {
        var found: [FunctionMeasure] = []
        var line = 1
        var index = 0
        var last = UInt8(ascii: " ")
        while index < code.count {
            let byte = code[index]
            if byte == UInt8(ascii: "{"), last == UInt8(ascii: ")") {
                let end = closing(of: index)
                let lines = code[index...end].count { $0 == UInt8(ascii: "\n") }
                found.append(
                    FunctionMeasure(
                        name: "the function", line: line, length: lines + 1, parameters: 0))
                line += lines
                index = end
            } else if byte == UInt8(ascii: "\n") {
                line += 1
            }
            if byte != UInt8(ascii: " "), byte != UInt8(ascii: "\n") {
                last = byte
            }
            index += 1
        }
        return found
    }
}
