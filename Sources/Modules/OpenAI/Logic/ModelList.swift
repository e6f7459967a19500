import ModuleChat
import ModuleJSON
import ProviderSupport

/// Reads lists of models, each vendor's own members included.
struct ModelList: Sendable {
    private let quirks: Quirks

    init(_ quirks: Quirks) {
        self.quirks = quirks
    }

    func decode(_ json: JSON) throws(ChatFailure) -> JSON {
        .array(
            try entries(json).map { entry in
                switch entry {
                case .success(let model) where Quirks.fits(quirks.hiddenModels, model.id):
                    LeftOutModel(id: model.id, LeftOutModel.noChat).json
                case .success(let model): model.json
                case .failure(let odd): odd.json
                }
            })
    }

    func one(_ id: String, in json: JSON) throws(ChatFailure) -> JSON {
        let models = try entries(json).compactMap { try? $0.get() }
        guard let model = models.first(where: { $0.id == id }) else {
            throw ChatFailure(
                .modelNotFound,
                "the server has no model \(id); choose one of the models that it lists")
        }
        return model.json
    }

    private func entries(
        _ json: JSON
    ) throws(ChatFailure) -> [Result<ModelInfo, LeftOutModel>] {
        // Together sends the bare list.
        guard let items = json["data"]?.array ?? json["models"]?.array ?? json.array else {
            throw ChatFailure(.malformed, "the server sent no list of models")
        }
        return items.map(entry)
    }

    private func entry(_ json: JSON) -> Result<ModelInfo, LeftOutModel> {
        guard var id = json["id"]?.string ?? json["name"]?.string, !id.isEmpty else {
            return .failure(LeftOutModel(LeftOutModel.noName))
        }
        // A llama-server that was given no name says where its file is, and takes any name.
        if quirks.isLlamaServer, id.hasPrefix("/"), let file = id.split(separator: "/").last {
            id = String(file)
        }
        let isOfOtherKind = json["type"]?.string.map { Self.otherKinds.contains($0) } ?? false
        guard !isOfOtherKind, json["capabilities"]?["completion_chat"] != false else {
            return .failure(LeftOutModel(id: id, LeftOutModel.noChat))
        }
        var model = ModelInfo(id: id)
        let name = json["display_name"]?.string ?? json["name"]?.string
        model.name = name == id ? nil : name
        // What a llama-server serves counts, not what the model was trained for.
        model.windowTokens = Self.count(
            json["meta"]?["n_ctx"], json["meta"]?["n_ctx_train"], json["context_length"],
            json["context_window"], json["max_context_length"], json["max_model_len"])
        model.answerTokensMax = Self.count(
            json["top_provider"]?["max_completion_tokens"], json["max_completion_tokens"])
        takeAbilities(of: json, &model)
        model.inputPrice = Self.price(json["pricing"], "prompt", "input")
        model.outputPrice = Self.price(json["pricing"], "completion", "output")
        return .success(model)
    }

    private func takeAbilities(of json: JSON, _ model: inout ModelInfo) {
        let own = json["capabilities"]
        if let inputs = json["architecture"]?["input_modalities"]?.array {
            model.takesImages = inputs.contains("image")
        } else {
            model.takesImages = own?["vision"]?.bool
        }
        if let parameters = json["supported_parameters"]?.array {
            model.takesTools = parameters.contains("tools")
            model.thinks = parameters.contains("reasoning")
        } else {
            model.takesTools = own?["function_calling"]?.bool
            model.thinks = own?["reasoning"]?.bool
        }
    }

    private static let otherKinds = [
        "embedding", "embeddings", "image", "audio", "moderation", "rerank", "transcribe", "video",
    ]

    private static func count(_ candidates: JSON?...) -> Int? {
        for case let value?? in candidates.map({ $0?.integer }) where value > 0 {
            return Int(clamping: value)
        }
        return nil
    }

    /// OpenRouter tells dollars for one token as a text, Together for a million as a number.
    private static func price(_ pricing: JSON?, _ perToken: String, _ perMillion: String) -> Double?
    {
        if let text = pricing?[perToken]?.string, let price = Double(text), price >= 0 {
            return (price * 1e9).rounded() / 1e3
        }
        return pricing?[perMillion]?.number.flatMap { $0 >= 0 ? $0 : nil }
    }

    // MARK: llama-server

    /// What `/props` tells of the one model that is loaded.
    func properties(of id: String, _ json: JSON) -> JSON {
        var model = ModelInfo(id: id)
        model.windowTokens = Self.count(json["default_generation_settings"]?["n_ctx"])
        model.takesImages = json["modalities"]?["vision"]?.bool
        model.takesTools = json["chat_template_caps"]?["supports_tools"]?.bool
        let template = json["chat_template"]?.string
        model.thinks = template.map { template in
            ["enable_thinking", "<think>", "reasoning_effort"].contains { template.contains($0) }
        }
        return model.json
    }
}
