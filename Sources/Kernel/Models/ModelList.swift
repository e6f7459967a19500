import KernelSystem
import ModuleChat
import ModuleJSON

/// What a server said which models it has, and when.
struct ModelList: Sendable, Hashable {
    var models: [ModelInfo]
    var atSeconds: UInt64

    private static let fileBytesMax = 16 << 20

    /// The lists by provider. A file that is damaged or missing holds none: the servers are asked
    /// again.
    static func read(_ file: String) -> [String: ModelList] {
        guard let bytes = try? Files.read(file, bytesMax: fileBytesMax),
            let object = try? JSON(parsing: bytes).object
        else { return [:] }
        var lists: [String: ModelList] = [:]
        for (provider, list) in object {
            let models = (list["models"]?.array ?? []).compactMap { try? ModelInfo($0) }
            guard let seconds = list["at"]?.integer, seconds >= 0 else { continue }
            lists[provider] = ModelList(models: models, atSeconds: UInt64(seconds))
        }
        return lists
    }

    static func write(_ lists: [String: ModelList], to file: String) throws {
        var object: JSONObject = [:]
        for (provider, list) in lists.sorted(by: { $0.key < $1.key }) {
            object[provider] = [
                "at": .integer(Int64(list.atSeconds)), "models": .array(list.models.map(\.json)),
            ]
        }
        try Files.makeDirectories(Path.directory(of: file))
        try Files.replace(file, with: JSON.object(object).serialized())
    }
}
