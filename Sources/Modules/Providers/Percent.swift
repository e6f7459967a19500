/// Writes a name as one part of the path of an address.
package enum Percent {
    package static func encoded(_ text: String) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            if CallIDs.isPlain(byte) || unreserved.contains(byte) {
                encoded.append(byte)
            } else {
                encoded.append(UInt8(ascii: "%"))
                encoded.append(digits[Int(byte >> 4)])
                encoded.append(digits[Int(byte & 15)])
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// The colon parts a model from what is done with it, and stands in names as well.
    private static let unreserved = Array(".~:@".utf8)
    private static let digits = Array("0123456789ABCDEF".utf8)
}
