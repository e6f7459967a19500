/// Gathers the lines of an answer's head. Interim answers are passed over; lines after the head,
/// which are trailers, too.
struct HTTPHeadReader {
    private var status = 0
    private var headers: [HTTPHeader] = []
    private(set) var isComplete = false
    /// Not a byte of an answer has come.
    private(set) var isUntouched = true

    /// More lines than that are left out: no server needs them.
    private static let headersMax = 256

    /// The head, with the line that ends it.
    mutating func add(_ line: [UInt8]) -> HTTPHead? {
        isUntouched = false
        guard !isComplete else { return nil }
        let text = String(decoding: line, as: UTF8.self).trimmed
        if text.hasPrefix("HTTP/") {
            status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            headers = []
            return nil
        }
        guard text.isEmpty else {
            add(text)
            return nil
        }
        guard status >= 200 else { return nil }
        isComplete = true
        return HTTPHead(status: status, headers: headers)
    }

    private mutating func add(_ text: Substring) {
        guard headers.count < Self.headersMax, let colon = text.firstIndex(of: ":") else { return }
        let value = text[text.index(after: colon)...].trimmed
        headers.append(HTTPHeader(String(text[..<colon]), String(value)))
    }
}

extension StringProtocol where SubSequence == Substring {
    fileprivate var trimmed: Substring {
        var rest = self[startIndex...]
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return rest.drop(while: \.isWhitespace)
    }
}
