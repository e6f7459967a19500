/// Walks through one JSON text without building it, for the pieces that come by the thousand.
///
/// It is sure of what it hands over and of the structure; what it skips is not checked further.
/// On any doubt a call returns nil or false, and `JSON(parsing:)` has the word: it is the one that
/// knows errors.
package struct JSONPull {
    private let bytes: [UInt8]
    private var position = 0

    /// Deeper texts are for the parser.
    private static let depthMax = 32

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The name of a member, to be compared without making a string.
    package struct Name {
        fileprivate let start: Int
        fileprivate let end: Int
    }

    private var current: UInt8 { position < bytes.count ? bytes[position] : 0 }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard current == byte else { return false }
        position += 1
        return true
    }

    // MARK: Objects and lists

    package mutating func enterObject() -> Bool { take(UInt8(ascii: "{")) }
    package mutating func enterArray() -> Bool { take(UInt8(ascii: "[")) }

    private enum Step {
        case member(Name)
        case end
        case doubt
    }

    /// The next member of the object that was entered; `isFirst` for the one after `enterObject`.
    private mutating func nextMember(isFirst: Bool) -> Step {
        if take(UInt8(ascii: "}")) { return .end }
        if !isFirst, !take(UInt8(ascii: ",")) { return .doubt }
        skipSpace()
        guard let name = rawString(), !name.hasEscape, take(UInt8(ascii: ":")) else {
            return .doubt
        }
        return .member(Name(start: name.start, end: name.end))
    }

    /// Has `read` take the value of each member of the object that was entered. False on a doubt,
    /// of which `read` says with false.
    package mutating func forEachMember(_ read: (Name, inout JSONPull) -> Bool) -> Bool {
        var isFirst = true
        while true {
            switch nextMember(isFirst: isFirst) {
            case .end: return true
            case .doubt: return false
            case .member(let name): if !read(name, &self) { return false }
            }
            isFirst = false
        }
    }

    package func isName(_ name: Name, _ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard name.end - name.start == count else { return false }
        return text.withUTF8Buffer { wanted in
            for offset in 0..<count where bytes[name.start + offset] != wanted[offset] {
                return false
            }
            return true
        }
    }

    /// Behind an item: whether the list ends there; nil if neither that nor another item follows.
    package mutating func endArray() -> Bool? {
        if take(UInt8(ascii: "]")) { return true }
        return take(UInt8(ascii: ",")) ? false : nil
    }

    /// Whether the list that was entered is empty; then it is left.
    package mutating func isEmptyArray() -> Bool { take(UInt8(ascii: "]")) }

    package mutating func isAtEnd() -> Bool {
        skipSpace()
        return position == bytes.count
    }

    // MARK: Values

    package mutating func null() -> Bool {
        skipSpace()
        return literal("null")
    }

    package mutating func isFalse() -> Bool {
        skipSpace()
        return literal("false")
    }

    /// A whole number of up to nine digits.
    package mutating func smallInteger() -> Int? {
        skipSpace()
        var value = 0
        let start = position
        while case UInt8(ascii: "0")...UInt8(ascii: "9") = current, position - start < 10 {
            value = value * 10 + Int(current - UInt8(ascii: "0"))
            position += 1
        }
        let length = position - start
        switch current {
        case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): return nil
        default: return (1...9).contains(length) ? value : nil
        }
    }

    package mutating func string() -> String? {
        skipSpace()
        guard let raw = rawString() else { return nil }
        if raw.hasEscape { return unescaped(raw.start, raw.end) }
        return String(validating: bytes[raw.start..<raw.end], as: UTF8.self)
    }

    private mutating func rawString() -> (start: Int, end: Int, hasEscape: Bool)? {
        guard current == UInt8(ascii: "\"") else { return nil }
        var index = position + 1
        let start = index
        var hasEscape = false
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                position = index + 1
                return (start, index, hasEscape)
            }
            if byte < 0x20 { return nil }
            if byte == UInt8(ascii: "\\") {
                hasEscape = true
                index += 1
            }
            index += 1
        }
        return nil
    }

    /// Escapes of half a character beyond the first plane are for the parser.
    private func unescaped(_ start: Int, _ end: Int) -> String? {
        var text: [UInt8] = []
        text.reserveCapacity(end - start)
        var index = start
        while index < end {
            guard bytes[index] == UInt8(ascii: "\\") else {
                text.append(bytes[index])
                index += 1
                continue
            }
            guard index + 1 < end else { return nil }
            switch bytes[index + 1] {
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
                text.append(bytes[index + 1])
            case UInt8(ascii: "u"):
                guard let scalar = scalar(index + 2, end), let encoded = UTF8.encode(scalar) else {
                    return nil
                }
                text.append(contentsOf: encoded)
                index += 4
            default: return nil
            }
            index += 2
        }
        return String(validating: text, as: UTF8.self)
    }

    private func scalar(_ start: Int, _ end: Int) -> Unicode.Scalar? {
        guard start + 4 <= end else { return nil }
        var code: UInt32 = 0
        for index in start..<(start + 4) {
            switch bytes[index] {
            case let byte where byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"):
                code = code << 4 | UInt32(byte - UInt8(ascii: "0"))
            case let byte
            where byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "f"):
                code = code << 4 | UInt32((byte | 0x20) - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return Unicode.Scalar(code)
    }

    // MARK: What nobody asked for

    package mutating func skip(depth: Int = 0) -> Bool {
        skipSpace()
        switch current {
        case UInt8(ascii: "\""): return rawString() != nil
        case UInt8(ascii: "{"): return depth < Self.depthMax && skipObject(depth + 1)
        case UInt8(ascii: "["): return depth < Self.depthMax && skipArray(depth + 1)
        case UInt8(ascii: "t"): return literal("true")
        case UInt8(ascii: "f"): return literal("false")
        case UInt8(ascii: "n"): return literal("null")
        default: return skipNumber()
        }
    }

    private mutating func skipObject(_ depth: Int) -> Bool {
        enterObject() && forEachMember { _, pull in pull.skip(depth: depth) }
    }

    private mutating func skipArray(_ depth: Int) -> Bool {
        guard enterArray() else { return false }
        if isEmptyArray() { return true }
        while true {
            guard skip(depth: depth), let isEnd = endArray() else { return false }
            if isEnd { return true }
        }
    }

    private mutating func skipNumber() -> Bool {
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"),
                UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
                position += 1
            default: return position > start
            }
        }
        return position > start
    }

    private mutating func literal(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard isName(Name(start: position, end: position + count), inside: bytes.count, word) else {
            return false
        }
        position += count
        return true
    }

    private func isName(_ name: Name, inside end: Int, _ word: StaticString) -> Bool {
        name.end <= end && isName(name, word)
    }
}
