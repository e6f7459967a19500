import KernelSystem
import ModuleJSON

/// Where lists are kept between kernels: a cache, without which the servers are asked again.
/// Several kernels may use one, of the same server the later list counts.
package struct ModelListFolder: Sendable {
    private let path: String

    private static let fileBytesMax = 16 << 20
    /// Of a server that is configured no more, nobody writes the list again.
    private static let keptSeconds: UInt64 = 30 * 86_400

    package init(_ path: String) {
        self.path = path
    }

    /// A file that is damaged, or was not written for a month, goes.
    package func read() -> [ListedServer: ModelList] {
        var lists: [ListedServer: ModelList] = [:]
        let now = SystemClock.wallNanoseconds / 1_000_000_000
        for name in (try? Files.names(in: path)) ?? [] where name.hasSuffix(".json") {
            let file = Path.join(path, name)
            guard let bytes = try? Files.read(file, bytesMax: Self.fileBytesMax) else { continue }
            guard let (server, list) = ListedServer.read(bytes), server.fileName == name,
                list.atSeconds + Self.keptSeconds > now
            else {
                Files.removeIfPresent(file)
                continue
            }
            lists[server] = list
        }
        return lists
    }

    package func write(_ list: ModelList, of server: ListedServer) {
        try? Files.makeDirectories(path)
        try? Files.replace(Path.join(path, server.fileName), with: server.bytes(list))
    }
}
