import KernelSystem
import ModuleChat
import ModuleJSON

/// What a server said which models it has, and when.
struct ModelList: Sendable, Hashable {
    let server: ListedServer
    let atSeconds: UInt64
    /// In the order of their ids, each once.
    let models: [ModelInfo]
    /// How many more the server has.
    let leftOut: Int
    private let places: [String: Int]

    /// Of one server. Nobody reads more, and each costs everybody who looks at the list.
    static let modelsMax = 5_000
    private static let fileBytesMax = 16 << 20

    init(_ models: [ModelInfo], leftOut: Int = 0, of server: ListedServer, atSeconds: UInt64) {
        var known: Set<String> = []
        let listed = models.filter { known.insert($0.id).inserted }
        let kept = listed.prefix(Self.modelsMax).sorted { $0.id < $1.id }
        self.server = server
        self.atSeconds = atSeconds
        self.models = kept
        self.leftOut = leftOut + listed.count - kept.count
        places = Dictionary(uniqueKeysWithValues: kept.indices.map { (kept[$0].id, $0) })
    }

    subscript(id: String) -> ModelInfo? { places[id].map { models[$0] } }

    /// The lists by provider. A file that is damaged or missing holds none: the servers are asked
    /// again.
    static func read(_ file: String) -> [String: ModelList] {
        guard let bytes = try? Files.read(file, bytesMax: fileBytesMax),
            let object = try? JSON(parsing: bytes).object
        else { return [:] }
        var lists: [String: ModelList] = [:]
        for (provider, list) in object {
            let models = (list["models"]?.array ?? []).compactMap { try? ModelInfo($0) }
            guard let seconds = list["at"]?.integer, seconds >= 0,
                let preset = list["preset"]?.string, let base = list["base"]?.string
            else { continue }
            let leftOut = min(max(list["leftOut"]?.integer ?? 0, 0), 1 << 32)
            lists[provider] = ModelList(
                models, leftOut: Int(leftOut), of: ListedServer(preset: preset, base: base),
                atSeconds: UInt64(seconds))
        }
        return lists
    }

    static func write(_ lists: [String: ModelList], to file: String) throws {
        var object: JSONObject = [:]
        for (provider, list) in lists.sorted(by: { $0.key < $1.key }) {
            object[provider] = [
                "at": .integer(Int64(list.atSeconds)), "preset": .string(list.server.preset),
                "base": .string(list.server.base), "leftOut": .integer(Int64(list.leftOut)),
                "models": .array(list.models.map(\.json)),
            ]
        }
        try Files.makeDirectories(Path.directory(of: file))
        try Files.replace(file, with: JSON.object(object).serialized())
    }
}

/// Whose models they are: a table that is pointed at another server has not these.
struct ListedServer: Sendable, Hashable {
    let preset: String
    let base: String
}

extension ListedServer {
    init(_ endpoint: ModelEndpoint) {
        self.init(preset: endpoint.preset, base: endpoint.base)
    }
}
