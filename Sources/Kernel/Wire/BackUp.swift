/// A copy of what the kernel keeps, while work goes on. The reply names it.
package struct BackUp: Codable, Sendable, Hashable {
    package static let method = "store.backup"

    /// A whole path, of a file that is not there yet.
    package var path: String

    package init(path: String) {
        self.path = path
    }
}
