import KernelSystem
import ModuleJSON

/// Takes out of recorded bytes what belongs to whoever recorded them: keys, and the ids of
/// accounts. As many bytes as before remain, so that they are cut where they were. A value.
package struct Scrubber: Sendable {
    private let secrets: [[UInt8]]

    /// Shorter secrets would be found in everything.
    private static let secretBytesMin = 8
    /// So much of a secret in a row is the secret.
    private static let telltaleBytes = 12
    private static let filler = UInt8(ascii: "x")

    /// What ids and keys begin with; what follows is the id.
    private static let beginnings = [
        "sk-", "sk_", "gsk_", "xai-", "AIza", "AQ.", "org-", "org_", "proj_", "user-", "user_",
        "acct_", "account-", "workspace_", "wrkspc_", "req_",
    ].map { Array($0.utf8) }
    private static let idBytesMin = 8

    /// Headers that tell what a provider's module reads, and nothing of the account.
    private static let headers = ["content-type", "retry-after", "retry-after-ms", "date"]
    private static let headerBeginnings = ["x-ratelimit-", "anthropic-ratelimit-"]

    package init(secrets: [String]) {
        self.secrets = secrets.map { Array($0.utf8) }.filter {
            $0.count >= Self.secretBytesMin
        }
    }

    package static func keeps(header name: String) -> Bool {
        headers.contains(name) || headerBeginnings.contains { name.hasPrefix($0) }
    }

    package func scrubbed(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for secret in secrets {
            for form in Self.forms(of: secret) { Self.fill(&bytes, with: form) }
        }
        Self.fillIDs(&bytes)
        Self.fillAddresses(&bytes)
        return bytes
    }

    /// Whether a secret, or a telling part of one, still occurs.
    package func finds(in bytes: [UInt8]) -> Bool {
        secrets.contains { secret in
            let length = min(Self.telltaleBytes, secret.count)
            return (0...secret.count - length).contains { start in
                Self.place(of: secret[start..<start + length], in: bytes, from: 0) != nil
            }
        }
    }

    /// As it is, and as a URL or JSON may write it.
    private static func forms(of secret: [UInt8]) -> [[UInt8]] {
        let text = String(decoding: secret, as: UTF8.self)
        let json = Array(JSON.string(text).text.utf8.dropFirst().dropLast())
        let percent = secret.flatMap { byte -> [UInt8] in
            isIDByte(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "~")
                ? [byte] : Array("%".utf8) + hexadecimal(byte)
        }
        return [secret, json, percent]
    }

    private static func hexadecimal(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }

    private static func fill(_ bytes: inout [UInt8], with secret: [UInt8]) {
        var start = 0
        while let place = place(of: secret[...], in: bytes, from: start) {
            for index in place..<place + secret.count { bytes[index] = filler }
            start = place + secret.count
        }
    }

    private static func place(
        of part: ArraySlice<UInt8>, in bytes: [UInt8], from start: Int
    ) -> Int? {
        guard let first = part.first, bytes.count - start >= part.count else { return nil }
        return (start...bytes.count - part.count).first {
            bytes[$0] == first && bytes[$0..<$0 + part.count].elementsEqual(part)
        }
    }

    private static func fillIDs(_ bytes: inout [UInt8]) {
        for beginning in beginnings {
            var start = 0
            while let place = place(of: beginning[...], in: bytes, from: start) {
                let tail = place + beginning.count
                let end = bytes[tail...].firstIndex { !isIDByte($0) } ?? bytes.count
                start = tail
                let isWord = place > 0 && isIDByte(bytes[place - 1])
                // A word has no digits, an id nearly always has.
                guard !isWord, end - tail >= idBytesMin, bytes[tail..<end].contains(where: isDigit)
                else { continue }
                for index in tail..<end { bytes[index] = filler }
            }
        }
    }

    /// `somebody@example.org`: what stands before the sign.
    private static func fillAddresses(_ bytes: inout [UInt8]) {
        for sign in bytes.indices where bytes[sign] == UInt8(ascii: "@") {
            let after = bytes[(sign + 1)...].prefix { isAddressByte($0) }
            let before = bytes[..<sign].suffix(while: isAddressByte)
            guard !before.isEmpty, after.contains(UInt8(ascii: ".")) else { continue }
            for index in before.indices { bytes[index] = filler }
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    private static func isIDByte(_ byte: UInt8) -> Bool {
        isDigit(byte) || (65...90).contains(byte) || (97...122).contains(byte)
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        isIDByte(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "+")
    }
}

extension ArraySlice {
    fileprivate func suffix(while holds: (Element) -> Bool) -> ArraySlice {
        let end = lastIndex { !holds($0) }.map { $0 + 1 } ?? startIndex
        return self[end...]
    }
}
