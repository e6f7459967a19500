/// What files of a type contain at known places, as update-mime-database writes it down.
/// https://specifications.freedesktop.org/shared-mime-info-spec/latest/ar01s02.html (section 2.4)
struct MagicRules: Sendable {
    private var rules: [Rule] = []

    /// No more of a file is looked at than this; an image of a disc has its mark at 32 KiB.
    static let bytesMax = 64 * 1024

    private struct Rule {
        var type: String
        var priority: Int
        var tests: [Test] = []
    }

    /// Holds if the value is found and, where deeper tests follow, one of those holds too.
    fileprivate struct Test {
        var depth: Int
        var offset: Int
        var range = 1
        var value: [UInt8]
        var mask: [UInt8]?

        func holds(_ bytes: [UInt8]) -> Bool {
            (offset..<offset + range).contains { start in
                guard start + value.count <= bytes.count else { return false }
                return value.indices.allSatisfy { index in
                    let mask = mask?[index] ?? 0xff
                    return bytes[start + index] & mask == value[index] & mask
                }
            }
        }
    }

    init(_ files: [[UInt8]]) {
        for file in files { read(file) }
        // A stable order: of two with one priority the first folder's counts.
        rules = rules.enumerated()
            .sorted { ($1.element.priority, $0.offset) < ($0.element.priority, $1.offset) }
            .map(\.element)
    }

    /// The types that fit a file which starts with `bytes`, most certain first.
    func types(of bytes: [UInt8]) -> [String] {
        guard !bytes.isEmpty else { return [] }
        return rules.filter { MagicRules.holds($0.tests[...], bytes) }.map(\.type)
    }

    private static func holds(_ tests: ArraySlice<Test>, _ bytes: [UInt8]) -> Bool {
        guard let depth = tests.first?.depth else { return false }
        var rest = tests
        while let test = rest.popFirst() {
            let deeper = rest.prefix { $0.depth > depth }
            rest = rest.dropFirst(deeper.count)
            if test.holds(bytes), deeper.isEmpty || holds(deeper, bytes) { return true }
        }
        return false
    }

    /// A file that is not as it should be is read up to that place.
    private mutating func read(_ bytes: [UInt8]) {
        let head = Array("MIME-Magic\0\n".utf8)
        guard bytes.starts(with: head) else { return }
        var reader = Reader(bytes: bytes, place: head.count)
        while let rule = reader.rule() {
            if !rule.tests.isEmpty { rules.append(rule) }
        }
    }

    private struct Reader {
        let bytes: [UInt8]
        var place: Int

        /// "[50:application/x-foo]" and the lines below it.
        mutating func rule() -> Rule? {
            guard take("["), let priority = number(), take(":") else { return nil }
            let start = place
            while let byte = peek(), byte != UInt8(ascii: "]") { place += 1 }
            let type = String(decoding: bytes[start..<place], as: UTF8.self)
            guard take("]"), take("\n") else { return nil }
            var rule = Rule(type: type, priority: priority)
            while let byte = peek(), byte != UInt8(ascii: "[") {
                guard let test = test() else { return nil }
                rule.tests.append(test)
            }
            return rule
        }

        /// "1>4=" length value, then "&" mask, "~" word size, "+" range, as far as they are there.
        private mutating func test() -> Test? {
            let depth = number() ?? 0
            guard take(">"), let offset = number(), take("="), let count = length(),
                let value = next(count)
            else { return nil }
            var test = Test(depth: depth, offset: offset, value: value)
            if take("&") {
                guard let mask = next(count) else { return nil }
                test.mask = mask
            }
            if take("~") {
                guard let size = number() else { return nil }
                test.swap(size)
            }
            if take("+") {
                guard let range = number() else { return nil }
                test.range = max(1, min(range, MagicRules.bytesMax))
            }
            return take("\n") ? test : nil
        }

        private func peek() -> UInt8? { place < bytes.count ? bytes[place] : nil }

        private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
            guard peek() == UInt8(ascii: scalar) else { return false }
            place += 1
            return true
        }

        private mutating func number() -> Int? {
            let digits = bytes[place...].prefix { (0x30...0x39).contains($0) }.prefix(9)
            place += digits.count
            return Int(String(decoding: digits, as: UTF8.self))
        }

        private mutating func length() -> Int? {
            next(2).map { Int($0[0]) << 8 | Int($0[1]) }
        }

        private mutating func next(_ count: Int) -> [UInt8]? {
            guard count > 0, place + count <= bytes.count else { return nil }
            defer { place += count }
            return Array(bytes[place..<place + count])
        }
    }
}

extension MagicRules.Test {
    /// A value of words that stand in the machine's order: ours is little-endian, the file's big.
    fileprivate mutating func swap(_ size: Int) {
        guard size > 1, value.count % size == 0 else { return }
        value = MagicRules.Test.swapped(value, size)
        mask = mask.map { MagicRules.Test.swapped($0, size) }
    }

    private static func swapped(_ bytes: [UInt8], _ size: Int) -> [UInt8] {
        stride(from: 0, to: bytes.count, by: size).flatMap { bytes[$0..<$0 + size].reversed() }
    }
}
