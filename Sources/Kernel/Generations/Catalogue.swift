/// Which file serves which module: a value without I/O.
///
/// Of two files with one id, the one from `dev.modules` comes before the user's folder, that before
/// what is bundled with the kernel, and that before the system's; within one of them the first path
/// in order.
package struct Catalogue: Sendable {
    package enum Origin: UInt8, Sendable, Hashable, Comparable {
        case development = 0
        case user = 1
        /// Built and installed with the kernel.
        case bundled = 2
        case system = 3

        package var name: String {
            switch self {
            case .development: "dev.modules"
            case .user: "the user's folder"
            case .bundled: "bundled with the kernel"
            case .system: "the system's folder"
            }
        }

        package static func < (left: Origin, right: Origin) -> Bool {
            left.rawValue < right.rawValue
        }
    }

    private struct Source {
        var origin: Origin
        var id: String?
    }

    private var sources: [String: Source] = [:]

    package init() {}

    /// A file that may be a module.
    package mutating func add(_ path: String, _ origin: Origin) {
        let known = sources[path]
        sources[path] = Source(origin: min(origin, known?.origin ?? origin), id: known?.id)
    }

    /// The file said which module it is.
    package mutating func learn(_ path: String, id: String) {
        sources[path]?.id = id
    }

    /// Returns the id that the file stood for.
    @discardableResult
    package mutating func remove(_ path: String) -> String? {
        sources.removeValue(forKey: path)?.id
    }

    package func origin(of path: String) -> Origin? { sources[path]?.origin }

    package func id(of path: String) -> String? { sources[path]?.id }

    package var paths: [String] { sources.keys.sorted() }

    /// The file that is to serve the module.
    package func best(for id: String) -> String? {
        sources.filter { $0.value.id == id }
            .min { ($0.value.origin, $0.key) < ($1.value.origin, $1.key) }?
            .key
    }
}
