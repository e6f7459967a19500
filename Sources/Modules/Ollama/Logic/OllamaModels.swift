import ModuleChat
import ModuleJSON
import ProviderSupport

/// What Ollama tells of its models.
enum OllamaModels {
    static func list(_ json: JSON) throws(ChatFailure) -> JSON {
        guard let items = json["models"]?.array else {
            throw ChatFailure(.malformed, "the server sent no list of models")
        }
        return .array(
            items.map { item in
                guard let id = item["model"]?.string ?? item["name"]?.string, !id.isEmpty else {
                    return LeftOutModel(LeftOutModel.noName).json
                }
                // Older servers do not say what a model can do.
                if let can = item["capabilities"]?.array, !can.contains("completion") {
                    return LeftOutModel(id: id, LeftOutModel.noChat).json
                }
                var model = ModelInfo(id: id)
                let size = item["details"]?["parameter_size"]?.string ?? ""
                if !size.isEmpty { model.name = "\(id) (\(size))" }
                take(item["capabilities"], &model)
                return model.json
            })
    }

    /// A model without a tag is the one that is tagged `latest`.
    static func running(_ json: JSON) throws(ChatFailure) -> JSON {
        guard json.object != nil else {
            throw ChatFailure(.malformed, "the server did not say which models it runs")
        }
        let models = (json["models"]?.array ?? []).compactMap { item -> JSON? in
            guard let id = item["model"]?.string ?? item["name"]?.string, !id.isEmpty else {
                return nil
            }
            let latest = ":latest"
            let short = id.hasSuffix(latest) ? [String(id.dropLast(latest.count))] : []
            return RunningModel(
                names: [id] + short, windowTokens: count(item["context_length"]),
                memoryBytes: count(item["size"])
            ).json
        }
        return .array(models)
    }

    private static func count(_ json: JSON?) -> Int? {
        json?.integer.flatMap { $0 > 0 ? Int(clamping: $0) : nil }
    }

    /// The window is the one that chats get, which may be less than the model could take.
    static func model(_ id: String, shown json: JSON, _ options: OllamaOptions) -> JSON {
        var model = ModelInfo(id: id)
        let facts = json["model_info"]
        let family = facts?["general.architecture"]?.string ?? ""
        model.windowTokens = facts?["\(family).context_length"]?.integer.flatMap {
            $0 > 0 ? options.window(of: Int(clamping: $0)) : nil
        }
        take(json["capabilities"], &model)
        return model.json
    }

    /// Older servers tell none.
    private static func take(_ capabilities: JSON?, _ model: inout ModelInfo) {
        guard let capabilities = capabilities?.array else { return }
        model.takesImages = capabilities.contains("vision")
        model.takesTools = capabilities.contains("tools")
        model.thinks = capabilities.contains("thinking")
    }
}
