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
        guard let count = json["input_tokens"]?.integer else {
            throw ChatFailure(.malformed, "the server did not say how many tokens the chat takes")
        }
        return .integer(count)
    }

    func models(_ json: JSON) throws(ChatFailure) -> JSON {
        guard let list = json["data"]?.array else {
            throw ChatFailure(.malformed, "the server's list of models is none")
        }
        // One odd entry is no reason to know of no model.
        return .array(list.map { (try? model($0)) ?? LeftOutModel(LeftOutModel.noName).json })
    }

    /// What the server says, and where it is silent what is known.
    func model(_ json: JSON) throws(ChatFailure) -> JSON {
        guard let id = json["id"]?.string, !id.isEmpty else {
            throw ChatFailure(.malformed, "the server lists a model without an id")
        }
        var model = preset.model(id) ?? ModelInfo(id: id)
        let can = json["capabilities"]
        model.name = json["display_name"]?.string ?? model.name
        // llama-server says it where OpenAI's lists have nothing.
        let window = count(json["max_input_tokens"]) ?? count(json["meta"]?["n_ctx"])
        model.windowTokens = window ?? model.windowTokens
        model.answerTokensMax = count(json["max_tokens"]) ?? model.answerTokensMax
        model.takesImages = can?["image_input"]?["supported"]?.bool ?? model.takesImages
        model.thinks = can?["thinking"]?["supported"]?.bool ?? model.thinks
        return model.json
    }

    /// 0 is what some servers say for unknown.
    private func count(_ json: JSON?) -> Int? {
        json?.integer.flatMap { $0 > 0 ? Int($0) : nil }
    }
}
