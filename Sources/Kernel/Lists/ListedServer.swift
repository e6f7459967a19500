import ModuleChat
import ModuleJSON

/// Whose models they are: a table that is pointed at another server has not these.
package struct ListedServer: Sendable, Hashable {
    /// As the configuration names it.
    package let provider: String
    package let preset: String
    package let base: String

    package init(provider: String, preset: String, base: String) {
        self.provider = provider
        self.preset = preset
        self.base = base
    }
}

// MARK: On disk

extension ListedServer {
    private init?(_ json: JSON) {
        guard let provider = json["provider"]?.string, let preset = json["preset"]?.string,
            let base = json["base"]?.string
        else { return nil }
        self.init(provider: provider, preset: preset, base: base)
    }

    /// Of its file: another for each server, so that kernels with other configurations, which share
    /// the folder, do not write over each other's.
    var fileName: String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325  // FNV-1a
        for byte in Array("\(preset) \(base)".utf8) {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        return "\(provider)-\(String(hash, radix: 36)).json"
    }

    static func read(
        _ bytes: [UInt8]
    ) -> (server: ListedServer, list: ModelList)? {
        guard let json = try? JSON(parsing: bytes), let server = ListedServer(json),
            let seconds = json["at"]?.integer, seconds >= 0
        else { return nil }
        var listed = ListedModels(json["models"]?.array ?? [])
        listed.leftOut = (json["leftOut"]?.array ?? []).compactMap { ListedModels.LeftOut($0) }
        return (server, ModelList(listed, atSeconds: UInt64(seconds)))
    }

    func bytes(_ list: ModelList) -> [UInt8] {
        let json: JSON = [
            "provider": .string(provider), "preset": .string(preset), "base": .string(base),
            "at": .integer(Int64(list.atSeconds)),
            "leftOut": .array(list.leftOut.map(\.json)),
            "models": .array(list.models.map(\.json)),
        ]
        return json.serialized()
    }
}
