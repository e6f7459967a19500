internal import Glibc

/// A folder of the module's own for the time of a test; empty if none could be made.
final class TestFolder: Sendable {
    let path: String

    init() {
        var template = Array("\(Self.parent)/module-XXXXXX".utf8CString)
        path = unsafe template.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress, unsafe mkdtemp(start) != nil else {
                return ""
            }
            return unsafe String(cString: start)
        }
    }

    deinit {
        if !path.isEmpty { Self.remove(path) }
    }

    private static var parent: String {
        unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    }

    /// With all that is in it; links are not followed.
    private static func remove(_ path: String) {
        guard unsafe unlink(path) != 0, let folder = unsafe opendir(path) else { return }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        unsafe closedir(folder)
        for name in names { remove("\(path)/\(name)") }
        unsafe rmdir(path)
    }
}
