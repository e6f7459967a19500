import ModuleChat
import ModuleJSON

/// A signature of Google's and the part that it was on, to which it must be given back: the
/// canonical chat joins the pieces of a text, and has seals only on thoughts and calls.
struct PartSeal: Sendable, Hashable {
    /// Signatures mean nothing to another model.
    var model: String
    var part: Part
    var signature: String

    enum Part: Sendable, Hashable {
        /// The last bytes of the text, or of the thought, before it.
        case text(bytes: Int)
        case thought(bytes: Int)
        case call
    }

    init(_ signature: String, on part: Part, of model: String) {
        self.signature = signature
        self.part = part
        self.model = model
    }

    /// Nil for what is none of ours.
    init?(_ seal: ChatSeal?) {
        guard let seal, seal.maker == Gemini.dialect, let json = try? JSON(parsing: seal.value),
            let model = json["model"]?.string, let signature = json["signature"]?.string
        else { return nil }
        self.init(signature, on: .call, of: model)
        if let bytes = json["text"]?.integer {
            part = .text(bytes: Int(bytes))
        } else if let bytes = json["thought"]?.integer {
            part = .thought(bytes: Int(bytes))
        }
    }

    var value: String {
        var object: JSONObject = ["model": .string(model)]
        switch part {
        case .text(let bytes): object["text"] = .integer(Int64(bytes))
        case .thought(let bytes): object["thought"] = .integer(Int64(bytes))
        case .call: break
        }
        object["signature"] = .string(signature)
        return JSON.object(object).text
    }
}
