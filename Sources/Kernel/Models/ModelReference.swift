/// Which model: its provider as the configuration names it, and the provider's own name of it.
package struct ModelReference: Sendable, Hashable, CustomStringConvertible {
    package let provider: String
    package let model: String

    package init(provider: String, model: String) {
        self.provider = provider
        self.model = model
    }

    /// `openrouter/meta/llama`: what stands before the first slash is the provider.
    package init?(_ text: String) {
        guard let slash = text.firstIndex(of: "/") else { return nil }
        let model = text[text.index(after: slash)...]
        guard slash > text.startIndex, !model.isEmpty else { return nil }
        self.init(provider: String(text[..<slash]), model: String(model))
    }

    package var description: String { "\(provider)/\(model)" }
}
