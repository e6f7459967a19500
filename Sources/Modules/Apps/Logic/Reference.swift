package import Desktop

/// What is to be opened: a file of this machine, or an address of something elsewhere.
package enum Reference: Sendable, Equatable {
    case file(path: String)
    case address(String)

    /// An address longer than this is refused.
    private static let bytesMax = 32 * 1024

    /// A path from the root or from the home folder, or a URL.
    package init(_ text: String, home: String) throws(DesktopError) {
        guard !text.isEmpty, text.utf8.count <= Reference.bytesMax,
            !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f })
        else {
            throw DesktopError(
                .invalid, "what is to be opened must be one line of at most 32 KiB, and not empty")
        }
        if text.hasPrefix("/") {
            self = .file(path: text)
        } else if text == "~" || text.hasPrefix("~/") {
            self = .file(path: home + text.dropFirst())
        } else if let scheme = Reference.scheme(of: text) {
            self = scheme == "file" ? try Reference.localFile(text) : .address(text)
        } else {
            throw DesktopError(
                .invalid,
                "\"\(text)\" is neither a full path nor a URL: write /home/… or ~/… or https://…")
        }
    }

    package var scheme: String? {
        guard case .address(let text) = self else { return nil }
        return Reference.scheme(of: text)
    }

    package var url: String {
        switch self {
        case .address(let text): text
        case .file(let path): "file://" + Reference.percentEncoded(path)
        }
    }

    /// In lower case. One letter is no scheme: it would be a drive of another system.
    private static func scheme(of text: String) -> String? {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let scheme = text[..<colon]
        let isScheme = scheme.utf8.allSatisfy { byte in
            isLetterOrDigit(byte) || "+-.".utf8.contains(byte)
        }
        guard scheme.utf8.count > 1, isScheme, scheme.first?.isLetter == true else { return nil }
        return scheme.lowercased()
    }

    private static func localFile(_ text: String) throws(DesktopError) -> Reference {
        var rest = text.dropFirst("file:".count)
        if rest.hasPrefix("//") {
            rest = rest.dropFirst(2)
            let host = rest.prefix { $0 != "/" }
            guard host.isEmpty || host == "localhost" else {
                throw DesktopError(.invalid, "\(text) is a file of another machine, \(host)")
            }
            rest = rest.dropFirst(host.count)
        }
        guard rest.hasPrefix("/"), let path = percentDecoded(rest) else {
            throw DesktopError(.invalid, "\(text) is no address of a file: write file:///…")
        }
        return .file(path: path)
    }

    private static func percentDecoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16), value != 0 else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func percentEncoded(_ path: String) -> String {
        let hexadecimal = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in path.utf8 {
            if isLetterOrDigit(byte) || "-._~/!$&'()*+,;=:@".utf8.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [
                    UInt8(ascii: "%"), hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 15)],
                ]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
