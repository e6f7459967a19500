import Glibc

/// The calls for extended attributes, which Swift's Glibc does not show.
enum ExtendedAttribute {
    private typealias Set =
        @convention(c) (
            UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafeRawPointer, Int, CInt
        ) -> CInt
    private typealias Get =
        @convention(c) (
            UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafeMutableRawPointer, Int
        ) -> Int

    /// False where this disk keeps no attributes.
    static func set(_ name: String, _ value: String, of path: String) -> Bool {
        guard let symbol = dlsym(nil, "setxattr") else { return false }
        let call = unsafeBitCast(symbol, to: Set.self)
        return call(path, name, Array(value.utf8), value.utf8.count, 0) == 0
    }

    static func value(_ name: String, of path: String) -> String? {
        guard let symbol = dlsym(nil, "getxattr") else { return nil }
        var value = [UInt8](repeating: 0, count: 256)
        let count = unsafeBitCast(symbol, to: Get.self)(path, name, &value, value.count)
        return count < 0 ? nil : String(decoding: value[..<count], as: UTF8.self)
    }
}
