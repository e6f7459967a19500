package import ModuleChat

extension ModelInfo {
    /// What a vendor publishes of models whose names begin so, and its list does not say. All of
    /// them see pictures and call tools.
    package static func known(
        _ id: String, window: Int? = nil, answer: Int? = nil, thinks: Bool? = nil,
        prices: (input: Double, output: Double)? = nil
    ) -> ModelInfo {
        var model = ModelInfo(id: id)
        model.windowTokens = window
        model.answerTokensMax = answer
        model.takesImages = true
        model.takesTools = true
        model.thinks = thinks
        model.inputPrice = prices?.input
        model.outputPrice = prices?.output
        return model
    }
}
