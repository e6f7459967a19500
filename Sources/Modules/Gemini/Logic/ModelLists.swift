import ModuleChat
import ModuleJSON
import ProviderSupport

/// Answers to orders that are no chat.
struct ModelLists: Sendable {
    /// Holds what is known besides.
    private let preset: ProviderPreset

    init(_ preset: ProviderPreset) {
        self.preset = preset
    }

    func tokens(_ json: JSON) throws(ChatFailure) -> JSON {
        // Zero is left out, as everywhere in this API.
        guard json.object != nil else {
            throw ChatFailure(.malformed, "Gemini did not say how many tokens the chat takes")
        }
        return .integer(json["totalTokens"]?.integer ?? 0)
    }

    func models(_ json: JSON) throws(ChatFailure) -> JSON {
        guard json.object != nil else {
            throw ChatFailure(.malformed, "Gemini's list of models is none")
        }
        // One odd entry is no reason to know of no model.
        return .array((json["models"]?.array ?? []).map(entry))
    }

    private func entry(_ json: JSON) -> JSON {
        guard let model = try? model(json) else { return LeftOutModel(LeftOutModel.noName).json }
        guard chats(json) else {
            return LeftOutModel(id: model["id"]?.string ?? "", LeftOutModel.noChat).json
        }
        return model
    }

    /// Others make images from words, or numbers from texts.
    private func chats(_ json: JSON) -> Bool {
        guard let methods = json["supportedGenerationMethods"]?.array else { return true }
        return methods.contains("generateContent")
    }

    /// What the server says, and where it is silent what is known.
    func model(_ json: JSON) throws(ChatFailure) -> JSON {
        guard let path = json["name"]?.string, !path.isEmpty else {
            throw ChatFailure(.malformed, "Gemini lists a model without a name")
        }
        let id = path.hasPrefix("models/") ? String(path.dropFirst("models/".count)) : path
        var model = preset.model(id) ?? ModelInfo(id: id)
        model.name = json["displayName"]?.string ?? model.name
        model.windowTokens = count(json["inputTokenLimit"]) ?? model.windowTokens
        model.answerTokensMax = count(json["outputTokenLimit"]) ?? model.answerTokensMax
        model.thinks = json["thinking"]?.bool ?? model.thinks
        return model.json
    }

    private func count(_ json: JSON?) -> Int? {
        json?.integer.flatMap { $0 > 0 ? Int($0) : nil }
    }
}
