/// An address of the Internet, read without asking anybody. One of IPv4 is the address of IPv6 that
/// stands for it, so that two that lead to the same place are the same.
package struct InternetAddress: Sendable, Hashable {
    private let bytes: [UInt8]

    private static let mappedPrefix = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]

    /// Nil if it is none in the usual form: four decimal numbers, or groups in hexadecimal.
    package init?(_ text: some StringProtocol) {
        if let four = Self.four(text) {
            bytes = Self.mappedPrefix + four
        } else if let six = Self.six(text) {
            bytes = six
        } else {
            return nil
        }
    }

    /// Stands for no machine, and leads to this one: 0.0.0.0 and ::.
    package var isNowhere: Bool {
        bytes.allSatisfy { $0 == 0 } || bytes == Self.mappedPrefix + [0, 0, 0, 0]
    }

    private static func four(_ text: some StringProtocol) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            // A zero in front would make it octal for some.
            guard part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let byte = UInt8(part),
                part == "0" || !part.hasPrefix("0")
            else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    private static func six(_ text: some StringProtocol) -> [UInt8]? {
        let halves = parts(of: String(text))
        guard let first = halves.first, halves.count <= 2, let head = groups(first),
            let tail = halves.count == 2 ? groups(halves[1]) : []
        else { return nil }
        guard halves.count == 2 else { return head.count == 16 ? head : nil }
        let left = 16 - head.count - tail.count
        guard left >= 2 else { return nil }
        return head + [UInt8](repeating: 0, count: left) + tail
    }

    /// What stands before and behind `::`.
    private static func parts(of text: String) -> [String] {
        var parts = [""]
        var rest = text[...]
        while let next = rest.first {
            if rest.hasPrefix("::") {
                parts.append("")
                rest = rest.dropFirst(2)
            } else {
                parts[parts.count - 1].append(next)
                rest = rest.dropFirst()
            }
        }
        return parts
    }

    private static func groups(_ text: String) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        let groups = text.split(separator: ":", omittingEmptySubsequences: false)
        var bytes: [UInt8] = []
        for (place, group) in groups.enumerated() {
            if group.contains(".") {
                guard place == groups.count - 1, let four = four(group) else { return nil }
                bytes += four
            } else {
                guard (1...4).contains(group.utf8.count),
                    group.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
                    let number = UInt16(group, radix: 16)
                else { return nil }
                bytes += [UInt8(number >> 8), UInt8(number & 0xFF)]
            }
        }
        return bytes.count <= 16 ? bytes : nil
    }
}
