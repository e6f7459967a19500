package import ModuleChat

/// What a server said which models it has, and when.
package struct ModelList: Sendable, Hashable {
    package let atSeconds: UInt64
    /// In the order of their ids, each once.
    package let models: [ModelInfo]
    package let leftOut: [ListedModels.LeftOut]
    private let places: [String: Int]

    /// Of one server. Nobody reads more, and each costs everybody who looks at the list.
    package static let modelsMax = 5_000
    private static let tooMany =
        "beyond the first 5,000: name those that are wanted with models = […] in its table"

    package init(_ listed: ListedModels, atSeconds: UInt64) {
        var listed = listed
        var known: Set<String> = []
        listed.models.removeAll { !known.insert($0.id).inserted }
        let kept = listed.models.prefix(Self.modelsMax).sorted { $0.id < $1.id }
        if let first = listed.models.dropFirst(Self.modelsMax).first {
            listed.leave(first.id, Self.tooMany, count: listed.models.count - kept.count)
        }
        self.init(kept, listed.leftOut, atSeconds: atSeconds)
    }

    private init(_ kept: [ModelInfo], _ leftOut: [ListedModels.LeftOut], atSeconds: UInt64) {
        self.atSeconds = atSeconds
        models = kept
        self.leftOut = leftOut
        places = Dictionary(uniqueKeysWithValues: kept.indices.map { (kept[$0].id, $0) })
    }

    package subscript(id: String) -> ModelInfo? { places[id].map { models[$0] } }
}
