import CInotify
import Glibc

/// Names of functions as their authors wrote them.
package enum SymbolName {
    /// A name of Swift's in readable form; any other as it is.
    package static func readable(_ name: String) -> String {
        let bytes = name.utf8.count
        guard name.hasPrefix("$s"),
            let text = unsafe linux_swift_demangle(name, bytes, nil, nil, simplified)
        else { return name }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }

    private static let simplified: UInt32 = 0
}
