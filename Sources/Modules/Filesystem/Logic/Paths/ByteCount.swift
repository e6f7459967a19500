/// A size, written for a person.
struct ByteCount: CustomStringConvertible {
    let count: Int

    init(_ count: Int) {
        self.count = count
    }

    var description: String {
        var value = Double(count)
        for unit in ["bytes", "KiB", "MiB", "GiB", "TiB"] {
            if value < 1024 || unit == "TiB" {
                if unit == "bytes" { return count == 1 ? "1 byte" : "\(count) bytes" }
                let tenths = Int((value * 10).rounded())
                return tenths % 10 == 0
                    ? "\(tenths / 10) \(unit)" : "\(tenths / 10).\(tenths % 10) \(unit)"
            }
            value /= 1024
        }
        return "\(count) bytes"
    }
}
