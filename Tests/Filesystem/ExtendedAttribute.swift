import CFilesystem

enum ExtendedAttribute {
    /// False where this disk keeps no attributes.
    static func set(_ name: String, _ value: String, of path: String) -> Bool {
        setxattr(path, name, Array(value.utf8), value.utf8.count, 0) == 0
    }

    static func value(_ name: String, of path: String) -> String? {
        var value = [UInt8](repeating: 0, count: 256)
        let count = getxattr(path, name, &value, value.count)
        return count < 0 ? nil : String(decoding: value[..<count], as: UTF8.self)
    }
}
