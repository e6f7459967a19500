extension String {
    /// The text, or its beginning of at most `bytesMax` bytes and no part of a character, with
    /// `mark` behind it.
    package func cut(toBytes bytesMax: Int, mark: String = "") -> String {
        guard utf8.count > bytesMax else { return self }
        return String(decoding: Array(utf8).cut(toBytes: bytesMax), as: UTF8.self) + mark
    }
}

extension [UInt8] {
    /// At most `bytesMax` bytes, ending with a whole character if they are UTF-8.
    package func cut(toBytes bytesMax: Int) -> [UInt8] {
        guard count > bytesMax else { return self }
        var end = bytesMax
        // A byte that goes on with a character begins with the bits 10; at most three follow.
        while end > Swift.max(bytesMax - 3, 0), self[end] & 0xC0 == 0x80 { end -= 1 }
        return Array(self[..<(self[end] & 0xC0 == 0x80 ? bytesMax : end)])
    }
}
